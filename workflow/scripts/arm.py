"""Train one arm of a claim on one task, a slice of its replicates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.arm import run_arm
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    run_arm(work.params, work.folder("data"), work.optional("tuned"), out)
