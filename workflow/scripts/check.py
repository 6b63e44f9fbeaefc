"""Put the network to the gates."""

from mindgap.jobs.adapter import perform
from mindgap.stages.check import check

with perform(snakemake) as work:
    check(work.params, work.folder("data"), work.out)
