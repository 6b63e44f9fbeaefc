"""Put the network to the gates."""

from mindgap.checks import check
from mindgap.job import perform

with perform(snakemake) as job:
    check(job.params, job.folder("data"), job.out)
