"""Train one slice of a level's trials."""

from mindgap.jobs.adapter import perform
from mindgap.stages.trials import run_trials
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    run_trials(
        work.params, work.folder("data"), work.optional("previous"), out, work.optional("rung"), work.optional("round")
    )
