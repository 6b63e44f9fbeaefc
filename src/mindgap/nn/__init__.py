"""The networks: populations of multilayer perceptrons in NumPy, and nothing but NumPy."""
