"""Run the simulation of one arm of a claim for a slice of its replicates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.arm_simulation import run_arm_simulation
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    run_arm_simulation(work.params, work.params["seed"], out)
