"""Fit the baselines."""

from mindgap.jobs.adapter import perform
from mindgap.stages.baselines import fit_baselines

with perform(snakemake) as job:
    fit_baselines(job.folder("data"), job.out)
