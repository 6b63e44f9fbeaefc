"""Train one slice of the final runs."""

from mindgap.final import train_slice
from mindgap.job import perform

with perform(snakemake) as job:
    train_slice(job.params, job.folder("data"), job.optional("search"), job.out)
