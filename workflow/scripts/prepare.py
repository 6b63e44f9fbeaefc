"""Prepare the data: read, split, centre and scale."""

from mindgap.data.digest import require_unchanged
from mindgap.data.prepare import prepare
from mindgap.job import perform

with perform(snakemake) as job:
    prepare(snakemake.params.data, snakemake.params.preprocess, job.params["seed"], job.out)
    require_unchanged(snakemake.params.data, snakemake.params.job.digest)
