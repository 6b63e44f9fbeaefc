"""Trained networks as files, and what they say of new rows."""
