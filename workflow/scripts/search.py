"""Collect a level's trials, rank them and narrow the ranges."""

from mindgap.jobs.adapter import perform
from mindgap.stages.search import collect

with perform(snakemake) as work:
    collect(work.params, work.parts, work.optional("previous"), work.out)
