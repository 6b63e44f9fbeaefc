"""Fit the baselines."""

from mindgap.baselines import fit_baselines
from mindgap.job import perform

with perform(snakemake) as job:
    fit_baselines(job.folder("data"), job.out)
