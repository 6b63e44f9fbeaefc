"""Judge a claim by what its arms wrote."""

from mindgap.jobs.adapter import perform
from mindgap.stages.judge import judge
from mindgap.store.work import Work

with perform(snakemake) as out:
    work = Work(snakemake.params.job, out)
    arms = {
        task: {arm: [work.folder(f"part{part}") for part in parts] for arm, parts in own.items()}
        for task, own in work.params["arms"].items()
    }
    judge(work.params, arms, out)
