"""Fit the baselines."""

from mindgap.jobs.adapter import perform
from mindgap.stages.baselines import fit_baselines

with perform(snakemake) as work:
    fit_baselines(work.folder("data"), work.out)
