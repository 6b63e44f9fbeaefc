"""Fit the baselines."""

from mindgap.jobs.adapter import perform
from mindgap.stages.baselines import fit_baselines
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    fit_baselines(work.folder("data"), out, work.params.get("class_weight"), work.params.get("tuning"))
