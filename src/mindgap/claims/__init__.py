"""Claims: what arms are measured by, and when a prediction holds."""
