"""Choose between the candidates by validation."""

from mindgap.jobs.adapter import perform
from mindgap.stages.train import select

with perform(snakemake) as job:
    select(job.params, job.folders["parts"], job.folder("data"), job.optional("search"), job.out)
