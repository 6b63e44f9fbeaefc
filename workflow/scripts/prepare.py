"""Prepare the data: read, split, centre and scale."""

from mindgap.data.prepare import prepare
from mindgap.job import perform

with perform(snakemake) as job:
    prepare(snakemake.params.data, snakemake.params.preprocess, job.params["seed"], job.out)
