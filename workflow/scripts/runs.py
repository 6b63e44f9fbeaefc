"""Train one slice of the final runs."""

from mindgap.jobs.adapter import perform
from mindgap.stages.runs import run_candidates

with perform(snakemake) as work:
    run_candidates(work.params, work.folder("data"), work.optional("search"), work.out)
