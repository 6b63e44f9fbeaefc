"""Train one slice of the final runs."""

from mindgap.jobs.adapter import perform
from mindgap.stages.train import train_slice

with perform(snakemake) as job:
    train_slice(job.params, job.folder("data"), job.optional("search"), job.out)
