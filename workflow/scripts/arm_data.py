"""Prepare the data of a task of claims for a slice of replicates."""

from mindgap.data.digest import require_unchanged
from mindgap.jobs.adapter import perform
from mindgap.params.preprocess import Preprocess
from mindgap.stages.arm_data import prepare_arm_data
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    data, preprocess = work.told["data"], Preprocess(**work.params["preprocess"])
    replicates, coded = range(*work.params["slice"]), work.params.get("coded", False)
    prepare_arm_data(data, preprocess, work.params["seed"], replicates, out, coded=coded)
    require_unchanged(data, work.job.digest, work.told["memory"])
