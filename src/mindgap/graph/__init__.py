"""The graph engine: reverse-mode differentiation of NumPy arrays from small gates, the networks' independent oracle."""
