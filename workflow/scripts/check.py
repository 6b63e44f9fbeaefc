"""Put the network to the gates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.check import check

with perform(snakemake) as job:
    check(job.params, job.folder("data"), job.out)
