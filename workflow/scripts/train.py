"""Choose between the candidates by validation."""

from mindgap.jobs.adapter import perform
from mindgap.stages.train import select

with perform(snakemake) as work:
    select(work.params, work.parts, work.optional("search"), work.out)
