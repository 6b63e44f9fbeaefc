"""Make the whole search of one arm of a claim on each of a slice of replicates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.arm_search import run_arm_search
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    run_arm_search(work.params, work.folder("data"), out)
