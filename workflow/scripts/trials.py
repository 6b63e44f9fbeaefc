"""Train one slice of a level's trials."""

from mindgap.jobs.adapter import perform
from mindgap.stages.search.trials import run_trials

with perform(snakemake) as job:
    run_trials(job.params, job.folder("data"), job.optional("previous"), job.out)
