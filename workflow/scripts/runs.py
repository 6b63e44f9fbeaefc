"""Train one slice of the final runs."""

from mindgap.jobs.adapter import perform
from mindgap.stages.runs import run_candidates
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    run_candidates(work.params, work.folder("data"), work.optional("search"), out)
