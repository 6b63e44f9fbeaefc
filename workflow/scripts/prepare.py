"""Prepare the data: read, split, centre and scale."""

from mindgap.data.digest import require_unchanged
from mindgap.jobs.adapter import perform
from mindgap.params.preprocess import Preprocess
from mindgap.stages.prepare import prepare

with perform(snakemake) as work:
    data, preprocess = work.told["data"], Preprocess(**work.params["preprocess"])
    prepare(data, preprocess, work.params["seed"], work.out)
    require_unchanged(data, work.job.digest)
