"""The engine: trains runs in cohorts, watches them, and stops them."""
