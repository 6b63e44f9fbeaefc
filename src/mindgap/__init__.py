"""mindgap: a reproducible laboratory for multilayer perceptrons."""
