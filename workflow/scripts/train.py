"""Choose between the candidates by validation."""

from mindgap.final import select
from mindgap.job import perform

with perform(snakemake) as job:
    select(job.params, job.folders["parts"], job.folder("data"), job.optional("search"), job.out)
