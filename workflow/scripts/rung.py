"""Put a rung of a level together, from which the best trials go on."""

from mindgap.jobs.adapter import perform
from mindgap.stages.rung import collect_rung
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    collect_rung(work.params, work.parts, work.optional("rung"), out)
