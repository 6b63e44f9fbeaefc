"""The stages of a study, one a module: prepare, check, trials, search, runs, train, baselines, evaluate, verdict."""
