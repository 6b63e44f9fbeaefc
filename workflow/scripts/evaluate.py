"""Measure the winner on all splits; the one reader of the test split."""

from mindgap.jobs.adapter import perform
from mindgap.stages.evaluate import evaluate
from mindgap.stages.reliance import rely
from mindgap.store.ledger import Reading
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    data, train, baselines = (work.folder(name) for name in ("data", "train", "baselines"))
    reading = Reading(work.told["study"], evaluate=work.job.key, prepare=data.name)
    rely(data, train, out)
    evaluate(data, train, baselines, work.told["ledger"], reading, out)
