"""Collect a level's trials, rank them and narrow the ranges."""

from mindgap.job import perform
from mindgap.search.collect import collect

with perform(snakemake) as job:
    collect(job.params, job.folders["parts"], job.optional("previous"), job.out)
