"""Train one slice of a level's trials."""

from mindgap.jobs.adapter import perform
from mindgap.stages.trials import run_trials

with perform(snakemake) as work:
    run_trials(work.params, work.folder("data"), work.optional("previous"), work.out)
