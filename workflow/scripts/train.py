"""Choose between the candidates by validation."""

from mindgap.jobs.adapter import perform
from mindgap.stages.train import select
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    select(work.params, work.parts, work.optional("search"), out, work.folder("data"))
