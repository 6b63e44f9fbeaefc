"""Prepare the data: read, split, centre and scale."""

from mindgap.data.digest import require_unchanged
from mindgap.data.folds import Fold
from mindgap.jobs.adapter import perform
from mindgap.params.preprocess import Preprocess
from mindgap.stages.prepare import prepare
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    data, preprocess = work.told["data"], Preprocess(**work.params["preprocess"])
    fold = Fold(**work.params["fold"]) if "fold" in work.params else None
    coded, transforms = work.params.get("coded", False), work.params.get("transforms", ())
    prepare(data, preprocess, work.params["seed"], out, coded=coded, fold=fold, transforms=transforms)
    require_unchanged(data, work.job.digest, work.told["memory"])
