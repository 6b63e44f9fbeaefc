"""Claims tested again without mindgap, by make replicate: plain NumPy and scikit-learn, with splits and draws of their own."""
