"""Prepare the data: read, split, centre and scale."""

from mindgap.data.digest import require_unchanged
from mindgap.jobs.adapter import perform
from mindgap.stages.prepare import prepare

with perform(snakemake) as job:
    prepare(snakemake.params.data, snakemake.params.preprocess, job.params["seed"], job.out)
    require_unchanged(snakemake.params.data, snakemake.params.job.digest)
