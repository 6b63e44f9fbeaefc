"""Claims tested again without mindgap: plain NumPy and scikit-learn, with splits and draws of their own."""
