"""Measure the winner on all splits; the one reader of the test split."""

from pathlib import Path

from mindgap.jobs.adapter import perform
from mindgap.stages.evaluate import evaluate

with perform(snakemake) as job:
    data, train, baselines = (job.folder(name) for name in ("data", "train", "baselines"))
    reading = {"evaluate": snakemake.params.job.key, "prepare": data.name, "study": snakemake.params.study}
    evaluate(data, train, baselines, Path(snakemake.params.ledger), reading, job.out)
