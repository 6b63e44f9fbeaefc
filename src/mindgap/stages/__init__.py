"""The stages of a study, one a module, in the way of the data: prepare, check, search, train, baselines, evaluate, verdict."""
