"""From raw files to split, preprocessed arrays."""
