"""The jobs of a claim: each arm on each task is a small study without a test, and what they come to is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mindgap.claims.measures import MEASURES
from mindgap.errors import UserError
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyPlanner
from mindgap.params.claim import Claim
from mindgap.params.load import load_study, merge
from mindgap.params.study import Study
from mindgap.store.job import Job

SLICE = 10
"""Replicates that one job trains, so that more of them train the new ones alone."""


@dataclass(frozen=True)
class ClaimJobs:
    """The jobs of a claim: those that train each arm on each task, a slice of replicates each, and the one that judges.

    `tuned` are the searches of arms that tune.
    """

    claim: Claim
    arms: dict[tuple[str, str], tuple[Job, ...]]
    tuned: dict[tuple[str, str], Job]
    judge: Job


def add_claim(graph: Graph, claim: Claim, seed: int) -> ClaimJobs:
    """Add all jobs of a claim to a graph. Replicate r has the split and the draws of a study of the seed `seed` + r."""
    arms: dict[tuple[str, str], tuple[Job, ...]] = {}
    tuned: dict[tuple[str, str], Job] = {}
    for task in claim.tasks:
        for arm in claim.arms:
            study = _study(claim, task, arm, seed)
            planner = StudyPlanner(graph, study)
            levels = planner.levels(planner.prepare(), None)
            if levels:
                tuned[task, arm] = levels["tune"]
            arms[task, arm] = tuple(
                graph.add(
                    "arm",
                    {"run": planner.trained(), "slice": [start, stop]},
                    {
                        **({"tuned": tuned[task, arm]} if levels else {}),
                        **{
                            f"data{replicate}": StudyPlanner(
                                graph, _study(claim, task, arm, seed + replicate)
                            ).prepare()
                            for replicate in range(start, stop)
                        },
                    },
                    components=planner.components(),
                )
                for start, stop in pairwise([*range(1, claim.replicates + 1, SLICE), claim.replicates + 1])
            )
    parts = [job for jobs in arms.values() for job in jobs]
    places = {job.key: place for place, job in enumerate(parts)}
    ((measure, settings),) = claim.measure.items()
    judge = graph.add(
        "judge",
        {
            "arms": {
                task: {arm: [places[job.key] for job in arms[task, arm]] for arm in claim.arms} for task in claim.tasks
            },
            "measure": {measure: settings},
            "predict": [prediction.model_dump(mode="json", exclude_none=True) for prediction in claim.predict],
        },
        {f"part{place}": job for place, job in enumerate(parts)},
        components=[MEASURES.file(measure)],
    )
    return ClaimJobs(claim, arms, tuned, judge)


def _study(claim: Claim, task: str, arm: str, seed: int) -> Study:
    """An arm on a task as a study, whose tuning is its search."""
    params: Mapping[str, Any] = merge(merge(claim.tasks[task], claim.base), claim.arms[arm])
    search: dict[str, Any] | None = None
    if claim.tune is not None:
        epochs = claim.tune.epochs or params.get("train", {}).get("epochs", 60)
        search = {
            "space": {name: domain.model_dump(mode="json") for name, domain in claim.tune.space.items()},
            "levels": {"tune": {"trials": claim.tune.trials, "epochs": epochs}},
        }
    try:
        return load_study({"study": "arm", "seed": seed, **params, "search": search})
    except UserError as error:
        raise UserError(f"claim {claim.claim}, task {task}, arm {arm}: {error}") from error
