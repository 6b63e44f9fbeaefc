"""Put the network to the gates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.check import check
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    check(work.params, work.folder("data"), out)
