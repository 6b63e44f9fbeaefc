"""Draw the next round of a level's trials from what those before it reached."""

from mindgap.jobs.adapter import perform
from mindgap.stages.round import draw_round
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    draw_round(work.params, work.parts, work.optional("previous"), out)
