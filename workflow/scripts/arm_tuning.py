"""Tune one arm of a claim on one task."""

from mindgap.jobs.adapter import perform
from mindgap.stages.arm_tuning import tune
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    tune(work.params, work.folder("data"), out)
