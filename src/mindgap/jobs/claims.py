"""The jobs of a claim: each arm on each task is a small study without a test, and what they come to is judged."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mindgap.claims.measures import MEASURES, measure_of
from mindgap.claims.probes import PROBES
from mindgap.claims.simulations import SIMULATIONS, simulation_of
from mindgap.errors import UserError
from mindgap.jobs.graph import Graph
from mindgap.jobs.histories import (
    History,
    Space,
    check_measures,
    check_picture,
    check_trials,
    history_of,
    simulated_history,
)
from mindgap.jobs.study import StudyPlanner
from mindgap.params.alternatives import alternatives, used_by
from mindgap.params.base import Block
from mindgap.params.claim import Claim
from mindgap.params.claims import laid_over
from mindgap.params.folds import Folds
from mindgap.params.images import misfit
from mindgap.params.load import faults, study_of
from mindgap.params.names import path_of
from mindgap.params.pictures import SETTINGS, BestSoFar, Picture, Points, Values, picture_of
from mindgap.params.run import RunSpec, Variant
from mindgap.params.study import Study
from mindgap.report.claims.pictures import PICTURES
from mindgap.results.claim import ClaimKeys, ClaimView
from mindgap.store.job import Job

DRAWN = {name: SETTINGS.get(name, Picture) for name in PICTURES}
"""The settings of every picture."""

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
        data: dict[str, dict[str, Path]] = {task: {} for task in self.claim.tasks}
        keys: dict[str, dict[str, list[str]]] = {task: {} for task in self.claim.tasks}
        for (task, arm), jobs in self.arms.items():
            arms[task][arm] = tuple(graph.folder(job.address) for job in jobs)
            keys[task][arm] = [job.key for job in jobs]
            if "data" in jobs[0].inputs:
                data[task][arm] = graph.folder(jobs[0].inputs["data"]) / "1"
        manifests: dict[str, list[Path]] = {}
        for job in graph.beneath([self.judge]).values():
            manifests.setdefault(job.stage, []).append(graph.manifest(job.address))
        judgement = graph.folder(self.judge.address)
        return ClaimView(self.claim, judgement, arms, data, ClaimKeys(self.judge.key, keys), manifests)


def add_claim(graph: Graph, claim: Claim, seed: int) -> ClaimJobs:
    """Add all jobs of a claim to a graph. Replicate r has the data of a study of the seed `seed` + r.

    Raises UserError for what cannot be, so that nothing is trained in vain.
    """
    arms = {(task, arm): _add_arm(graph, claim, task, arm, seed) for task in claim.tasks for arm in claim.arms}
    parts = [job for jobs in arms.values() for job in jobs]
    for first, second in combinations(claim.arms, 2):
        if all(arms[task, first][0].key == arms[task, second][0].key for task in claim.tasks):
            raise UserError(f"claim {claim.claim}: arms: {first} and {second} differ in nothing that has an effect")
    places = {job.key: place for place, job in enumerate(parts)}
    measures = [_settings(claim, "measure", MEASURES, measure) for measure in claim.measures()]
    _check_readings(claim, seed)
    judge = graph.add(
        "judge",
        {
            "arms": {
                task: {arm: [places[job.key] for job in arms[task, arm]] for arm in claim.arms} for task in claim.tasks
            },
            "measures": measures,
            "predict": [
                prediction.model_dump(mode="json", exclude_none=True, exclude={"measure", "says"})
                for prediction in claim.predict
            ],
        },
        {f"part{place}": job for place, job in enumerate(parts)},
        components=sorted({file for measure in measures for file in _files_of(measure)}),
    )
    return ClaimJobs(claim, arms, judge)


def _check_readings(claim: Claim, seed: int) -> None:
    """Raises UserError for settings of pictures, and for entries of histories, that cannot be."""
    histories = {(task, arm): _history(claim, task, arm, seed) for task in claim.tasks for arm in claim.arms}
    spaces = _spaces(claim, seed)
    check_measures(claim, histories, spaces)
    for given in claim.pictures:
        for name, settings in _settings(claim, "picture", DRAWN, given).items():
            picture = picture_of(name, settings)
            if isinstance(picture, Values) and picture.measure is not None:
                _settings(claim, "measure", MEASURES, picture.measure)
            check_picture(claim, name, picture, histories)
            if isinstance(picture, BestSoFar | Points):
                check_trials(claim, name, picture, spaces)


def _history(claim: Claim, task: str, arm: str, seed: int) -> History:
    """What an arm's history will have on a task. Raises UserError for probes that find nothing there."""
    params = _params(claim, task, arm)
    if claim.simulated(task):
        return simulated_history([simulation_of(params["simulation"], point) for point in claim.points])
    study = _study(claim, task, arm, seed)
    space = {} if study.search is None else study.search.space
    ends = {name: values for name, domain in space.items() for values in domain.model_dump().values()}
    if study.search is not None and "search" in params:  # which trains for the epochs of its levels
        ends["epochs"] = [max(level.epochs for level in study.search.levels.values())]
    runs = [run for point in _points(claim, study) for run in alternatives(study.run().vary(point), ends)]
    probes = {name: PROBES[name].model_validate(settings) for name, settings in params.get("probes", {}).items()}
    for name, probe in probes.items():
        reasons = [probe.refuses(run, study.task) for run in runs]
        if all(reasons):
            raise UserError(f"claim {claim.claim}, task {task}, arm {arm}: probes.{name}: {reasons[0]}")
    return history_of(runs, study.task, [*probes.values()])


def _spaces(claim: Claim, seed: int) -> dict[tuple[str, str], Space]:
    """The ranges of arms that are searches, by task and arm."""
    searches = {
        (task, arm): _study(claim, task, arm, seed).search
        for task in claim.tasks
        for arm in claim.arms
        if "search" in _params(claim, task, arm)
    }
    return {place: search.space for place, search in searches.items() if search is not None}


def _files_of(measure: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """The files of a measure, and of the components that it names."""
    (name,) = measure
    return [MEASURES.file(name), *measure_of(measure).components()]


def _add_arm(graph: Graph, claim: Claim, task: str, arm: str, seed: int) -> tuple[Job, ...]:
    """What gives an arm on a task, SLICE replicates a job: a simulation, a whole search each, or trainings.

    Each replicate has the data of its own seed. What trainings tune is tuned first, on data of replicates of its own.
    """
    params = _params(claim, task, arm)
    slices = [list(ends) for ends in pairwise([*range(1, claim.replicates + 1, SLICE), claim.replicates + 1])]
    if claim.simulated(task):
        return _add_simulation(graph, claim, params, slices, seed)
    study = _study(claim, task, arm, seed)
    points = _points(claim, study)
    if claim.tune is not None:
        study = _of_effect(claim, task, arm, study)
    planner = StudyPlanner(graph, study, claim.over)
    stage, components = "arm", planner.components()
    inputs: dict[str, Job] = {}
    if "search" in params:
        if claim.over or "probes" in params:
            raise UserError(f"claim {claim.claim}, arm {arm}: an arm that is a search has no sweep and no probes")
        stage, work = "arm_search", planner.searched()
    else:
        if claim.tune is not None:
            asked = {"objective": claim.tune.objective or study.objective, "slice": claim.tune.slice}
            own = {"data": planner.arm_data(claim.tune.slice)}
            tuning = planner.searched() | asked
            inputs = {"tuned": graph.add("arm_tuning", tuning, own, components=components, told=planner.work())}
        probes = _settings(claim, "probes", PROBES, params.get("probes", {}))
        work = {"run": planner.trained(), "points": points, "probes": probes}
        components += map(PROBES.file, probes)
    return tuple(
        graph.add(
            stage,
            {**work, "slice": ends},
            {**inputs, "data": planner.arm_data(ends)},
            components=components,
            told=planner.work(),
        )
        for ends in slices
    )


def _add_simulation(
    graph: Graph, claim: Claim, params: Mapping[str, Any], slices: Sequence[list[int]], seed: int
) -> tuple[Job, ...]:
    """What simulates an arm; nothing else than its simulation may be asked of it."""
    named = params["simulation"]
    if not isinstance(named, Mapping) or len(named) != 1 or not all(isinstance(own, Mapping) for own in named.values()):
        raise UserError(f"claim {claim.claim}: simulation: one name with its settings is needed (found {named!r})")
    ((name, given),) = named.items()
    components = set()
    for point in claim.points:
        found = _settings(claim, "simulation", SIMULATIONS, {name: {**given, **point}})
        components |= {SIMULATIONS.file(name), *SIMULATIONS[name].model_validate(found[name]).components()}
    work = {"simulation": _settings(claim, "simulation", SIMULATIONS, {name: given}), "points": claim.points}
    return tuple(
        graph.add("arm_simulation", {**work, "slice": ends, "seed": seed}, components=sorted(components))
        for ends in slices
    )


def _settings(
    claim: Claim, kind: str, registry: Mapping[str, type[Block]], named: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Components of a claim by name, with all of their settings. Raises UserError for what is unknown or wrong."""
    return {name: _checked(claim, kind, registry, name, given) for name, given in named.items()}


def _checked(
    claim: Claim, kind: str, registry: Mapping[str, type[Block]], name: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    if name not in registry:
        close = get_close_matches(name, registry, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(registry)}"
        raise UserError(f"claim {claim.claim}: {kind}: there is no {kind.removesuffix('s')} {name!r}; {hint}")
    try:
        found: dict[str, Any] = registry[name].model_validate(given).model_dump(mode="json")
    except ValidationError as error:
        first, allowed = error.errors()[0], registry[name].model_fields
        place = ".".join(map(str, (kind, name, *first["loc"])))
        close = get_close_matches(str(first["loc"][-1]), allowed, n=1) if first["type"] == "extra_forbidden" else []
        hint = f"did you mean {close[0]}?" if close else f"{name} has: {', '.join(allowed) or 'no settings'}"
        text = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise UserError(f"claim {claim.claim}: {place}: {text.removeprefix('Value error, ')}; {hint}") from error
    return found


def _points(claim: Claim, study: Study) -> list[dict[str, Any]]:
    """The points of the sweep, their values as params have them. Raises UserError where one cannot be."""
    points = []
    for point in claim.points:
        try:
            run = study.run().vary(point)
            unfit = misfit(study, point)
            if unfit is not None:
                raise unfit
        except (ValidationError, LookupError, TypeError, ValueError) as error:
            reason = faults(point, error, RunSpec)[0][1] if isinstance(error, ValidationError) else error
            named = ", ".join(f"over.{name}: it cannot be {value!r}" for name, value in point.items())
            raise UserError(f"claim {claim.claim}: {named}: {reason}") from error
        points.append({name: run.value(name) for name in point})
    return points


def _params(claim: Claim, task: str, arm: str) -> dict[str, Any]:
    """An arm's blocks on a task: on one that is a simulation that alone, and on others all but that."""
    merged = laid_over(claim, task, arm)
    return {name: block for name, block in merged.items() if (name == "simulation") == claim.simulated(task)}


def _study(claim: Claim, task: str, arm: str, seed: int) -> Study:
    """An arm on a task as a study, whose tuning is its search."""
    params = {name: block for name, block in _params(claim, task, arm).items() if name != "probes"}
    if claim.tune is not None:
        if "search" in params:
            raise UserError(f"claim {claim.claim}, arm {arm}: an arm that is a search tunes nothing beside")
        epochs = claim.tune.epochs or params.get("train", {}).get("epochs", 60)
        space = {name: domain.model_dump(mode="json") for name, domain in claim.tune.space.items()}
        levels = {"tune": {"trials": claim.tune.trials, "epochs": epochs, "sampler": "qmc"}}
        # What cannot be tuned by val_loss, as its meaning would change, cannot be by train_loss either.
        objective = "val_loss" if claim.tune.objective == "train_loss" else claim.tune.objective
        params["search"] = {"space": space, "levels": levels, "objective": objective}
    parts = {f"task {task}": claim.tasks[task], "base": claim.base, f"arm {arm}": claim.arms[arm]}
    try:
        tuned = {} if claim.tune is None else {"the claim": {"search": params["search"]}}
        study = study_of({"study": "arm", "seed": seed, "search": None, **params}, [*(parts | tuned).items()])
    except UserError as error:
        said = str(error)
        if claim.tune is not None:  # which stands elsewhere in a claim
            said = said.replace("search.levels.tune.", "tune.").replace("search.", "tune.")
        raise UserError(f"claim {claim.claim}, task {task}, arm {arm}: {said}") from error
    searched: Collection[str] = () if study.search is None else study.search.space
    ranges = {"over": [*claim.over], "search.space" if claim.tune is None else "tune.space": searched}
    for where, names in ranges.items():
        if unfit := [name for name in names if name in Variant.model_fields]:
            raise UserError(
                f"claim {claim.claim}, task {task}, arm {arm}: {where}: {unfit[0]}: the rows of an arm are prepared in "
                f"one way; write preprocess.{unfit[0]} in its params"
            )
    if isinstance(study.data.folds, Folds):
        raise UserError(
            f"claim {claim.claim}, task {task}, arm {arm}: data.folds: each replicate of a claim has a split of its "
            "own; leave it out"
        )
    return study


def _of_effect(claim: Claim, task: str, arm: str, study: Study) -> Study:
    """An arm as a study, of whose search those params are left that have an effect. Raises UserError if none has."""
    search = study.search
    assert search is not None
    used = used_by(study.run(), {**search.choices, **claim.over})
    space = {name: domain for name, domain in search.space.items() if path_of(name)[0] in used}
    if not space:
        found = ", ".join(search.space)
        raise UserError(
            f"claim {claim.claim}, task {task}, arm {arm}: tune.space: nothing of it has an effect here (found {found})"
        )
    return study.model_copy(update={"search": search.model_copy(update={"space": space})})
