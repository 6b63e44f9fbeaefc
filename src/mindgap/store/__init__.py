"""The store: what a result is, where it lies, and what proves it."""
