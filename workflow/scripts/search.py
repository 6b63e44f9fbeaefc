"""Collect a level's trials, rank them and narrow the ranges."""

from mindgap.jobs.adapter import perform
from mindgap.stages.search import collect
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    collect(work.params, work.parts, work.optional("previous"), out, work.optional("rung"))
