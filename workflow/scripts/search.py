"""Collect a level's trials, rank them and narrow the ranges."""

from mindgap.jobs.adapter import perform
from mindgap.stages.search.collect import collect

with perform(snakemake) as job:
    collect(job.params, job.folders["parts"], job.optional("previous"), job.out)
