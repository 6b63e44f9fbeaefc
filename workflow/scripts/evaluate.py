"""Measure the winner on all splits, or the winners of all folds on theirs; the one reader of the test split."""

from mindgap.jobs.adapter import perform
from mindgap.stages.evaluate import Trained, evaluate, evaluate_folds
from mindgap.stages.reliance import rely
from mindgap.store.ledger import Reading
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    folds = [*map(Trained, work.folders("data"), work.folders("train"), work.folders("baselines"))]
    reading, ledger = Reading(work.told["study"], work.job.key, folds[0].data.name), work.told["ledger"]
    rely(folds[0].data, folds[0].train, out)
    if "folds" in work.params:
        evaluate_folds(folds, work.params["folds"], ledger, reading, out)
    else:
        evaluate(*folds[0], ledger, reading, out)
