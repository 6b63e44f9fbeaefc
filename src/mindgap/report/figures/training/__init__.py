"""Figures of the final training."""
