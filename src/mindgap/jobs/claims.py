"""The jobs of a claim: each arm on each task is a small study without a test, and what they come to is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mindgap.claims.measures import MEASURES
from mindgap.errors import UserError
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyPlanner
from mindgap.params.claim import Claim
from mindgap.params.load import merge, study_of
from mindgap.params.study import Study
from mindgap.registry import Registry
from mindgap.report.claims.pictures import PICTURES
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement
from mindgap.store.job import Job
from mindgap.store.keys import key_of

SLICE = 10
"""Replicates that one job trains, so that more of them train the new ones alone."""


@dataclass(frozen=True)
class ClaimJobs:
    """The jobs of a claim: by task and arm those that train it, a slice of replicates each, and the one that judges."""

    claim: Claim
    arms: dict[tuple[str, str], tuple[Job, ...]]
    judge: Job

    def view(self, graph: Graph) -> ClaimView:
        """What the page is told of it."""
        arms: dict[str, dict[str, tuple[Path, ...]]] = {task: {} for task in self.claim.tasks}
        for (task, arm), jobs in self.arms.items():
            arms[task][arm] = tuple(graph.folder(job.address) for job in jobs)
        keys = {"judge": self.judge.key} | {
            f"{task}.{arm}.{number}": job.key
            for (task, arm), jobs in self.arms.items()
            for number, job in enumerate(jobs)
        }
        manifests: dict[str, list[Path]] = {}
        for job in graph.beneath(self.judge):
            manifests.setdefault(job.stage, []).append(graph.manifest(job.address))
        return ClaimView(self.claim, graph.folder(self.judge.address), arms, keys, manifests)


class Claims:
    """The claims of one invocation, and the files of their page."""

    def __init__(self, graph: Graph, jobs: Sequence[ClaimJobs], folder: Path) -> None:
        self._graph, self._jobs, self._folder = graph, jobs, folder
        self.is_question = folder.name != "claims"
        code = graph.spoken("claims", [PICTURES.file(name) for name in PICTURES])
        self.views = tuple(claim.view(graph) for claim in jobs)
        shown = [{"claim": view.claim.model_dump(mode="json"), "keys": view.keys} for view in self.views]
        self.current = str(folder / ".current" / f"{key_of({'claims': shown, 'code': code})}.json")

    def manifests(self) -> list[str]:
        """The manifests of all that the page is made from."""
        jobs = [
            job for claim in self._jobs for job in (claim.judge, *(job for own in claim.arms.values() for job in own))
        ]
        return [str(self._graph.manifest(job.address)) for job in jobs]

    def page(self, name: str) -> str:
        """The path of one of the page's files."""
        return str(self._folder / name)

    def told(self) -> str:
        """The verdicts as a table for the terminal, and where the page is."""
        rows = [(view.claim, Judgement.read(view.judgement)) for view in self.views]
        width = max(len(claim.claim) for claim, _ in rows)
        lines = [
            f"  {claim.claim:<{width}}  {found.verdict:<18}  {found.holds:<14}  {claim.statement}"
            for claim, found in rows
        ]
        return "\n".join(["", *lines, "", f"mindgap: {self.page('report.html')} is up to date"])


def add_claim(graph: Graph, claim: Claim, seed: int) -> ClaimJobs:
    """Add all jobs of a claim to a graph. Replicate r has the data of a study of the seed `seed` + r.

    Raises UserError for what cannot be, so that nothing is trained in vain.
    """
    for picture in claim.pictures:
        _known(claim, "picture", PICTURES, picture)
    arms = {(task, arm): _add_arm(graph, claim, task, arm, seed) for task in claim.tasks for arm in claim.arms}
    parts = [job for jobs in arms.values() for job in jobs]
    places = {job.key: place for place, job in enumerate(parts)}
    measures = claim.measures()
    judge = graph.add(
        "judge",
        {
            "arms": {
                task: {arm: [places[job.key] for job in arms[task, arm]] for arm in claim.arms} for task in claim.tasks
            },
            "measures": measures,
            "predict": [
                prediction.model_dump(mode="json", exclude_none=True, exclude={"says", "measure"})
                for prediction in claim.predict
            ],
        },
        {f"part{place}": job for place, job in enumerate(parts)},
        components=sorted({_measure(claim, measure) for measure in measures}),
    )
    return ClaimJobs(claim, arms, judge)


def _add_arm(graph: Graph, claim: Claim, task: str, arm: str, seed: int) -> tuple[Job, ...]:
    """What trains an arm on a task, SLICE replicates a job, each on the data of its own seed; first, what it tunes."""
    study = _study(claim, task, arm, seed)
    _refuse_sweep(claim, study)
    planner = StudyPlanner(graph, study)
    levels = planner.levels(planner.prepare(), None)
    tuned = {"tuned": levels["tune"]} if levels else {}
    jobs = []
    for start, stop in pairwise([*range(1, claim.replicates + 1, SLICE), claim.replicates + 1]):
        data = {
            f"data{replicate}": StudyPlanner(graph, _study(claim, task, arm, seed + replicate)).prepare()
            for replicate in range(start, stop)
        }
        work = {"run": planner.trained(), "over": claim.over, "slice": [start, stop]}
        jobs.append(graph.add("arm", work, {**tuned, **data}, components=planner.components()))
    return tuple(jobs)


def _known(claim: Claim, kind: str, registry: Registry[Any], named: Mapping[str, Any]) -> str:
    """The name of a component of a claim. Raises UserError if there is none of this name."""
    (name,) = named
    if name not in registry:
        close = get_close_matches(name, registry, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(registry)}"
        raise UserError(f"claim {claim.claim}: {kind}: there is no {kind} {name!r}{hint}")
    return name


def _measure(claim: Claim, named: Mapping[str, Any]) -> Path:
    """The file of a measure. Raises UserError if there is none of this name, or its settings are wrong."""
    name = _known(claim, "measure", MEASURES, named)
    try:
        MEASURES[name].model_validate(named[name])
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(map(str, ("measure", name, *found["loc"])))
        allowed = ", ".join(MEASURES[name].model_fields)
        raise UserError(f"claim {claim.claim}: {place}: {found['msg']}; {name} has: {allowed}") from error
    return MEASURES.file(name)


def _refuse_sweep(claim: Claim, study: Study) -> None:
    """Raise UserError where a value of the sweep cannot be."""
    for name, values in claim.over.items():
        for value in values:
            try:
                study.run().vary({name: value})
            except (ValidationError, KeyError, ValueError) as error:
                reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
                raise UserError(f"claim {claim.claim}: over.{name}: it cannot be {value!r}: {reason}") from error


def _study(claim: Claim, task: str, arm: str, seed: int) -> Study:
    """An arm on a task as a study, whose tuning is its search."""
    parts = {f"task {task}": claim.tasks[task], "base": claim.base, f"arm {arm}": claim.arms[arm]}
    params: Mapping[str, Any] = reduce(merge, parts.values(), {})
    search: dict[str, Any] | None = None
    if claim.tune is not None:
        epochs = claim.tune.epochs or params.get("train", {}).get("epochs", 60)
        search = {
            "space": {name: domain.model_dump(mode="json") for name, domain in claim.tune.space.items()},
            "levels": {"tune": {"trials": claim.tune.trials, "epochs": epochs}},
        }
    try:
        return study_of({"study": "arm", "seed": seed, **params, "search": search}, [*parts.items()])
    except UserError as error:
        raise UserError(f"claim {claim.claim}, task {task}, arm {arm}: {error}") from error
