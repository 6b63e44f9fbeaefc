"""The stage `arm_search`: an arm of a claim that is a whole search, made anew on each replicate's split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.level import Space
from mindgap.results.rung import Halved
from mindgap.results.trials import Trial
from mindgap.search.draw import draw_trials
from mindgap.search.halving import halved
from mindgap.search.narrow import best_count, following, narrow
from mindgap.search.ranking import rank
from mindgap.search.tpe import propose
from mindgap.stages.arm import arm_run
from mindgap.stages.trials import specs_of
from mindgap.training.comparable import losses_compare
from mindgap.training.dataset import train_on
from mindgap.training.result import RunResult
from mindgap.training.state import Begun
from mindgap.words import words


def run_arm_search(params: dict[str, Any], data: Path, out: Path) -> None:
    """Search on each replicate's data, in the folder of its number, level by level; writes `Arm`, a run a trial.

    A replicate draws its trials for itself: those of a study whose seed is larger by its number. Test rows are not
    opened.
    """
    runs = [run for number in range(*params["slice"]) for run in _search(params, number, data / str(number))]
    spec = RunSpec.of(params["run"], {})
    Arm({}, max(level["epochs"] for level in params["levels"]), spec.model_dump(mode="json"), tuple(runs)).write(out)


def _search(params: dict[str, Any], replicate: int, folder: Path) -> list[ArmRun]:
    run, space = {**params["run"], "replicate": replicate}, params["space"]
    runs: list[ArmRun] = []
    for index, level in enumerate(params["levels"]):
        drawn, results, ranking = _tried(params, level, index, run, space, folder)
        runs += [
            arm_run(replicate, point, result, {}, _pass(level, number))
            for number, (point, result) in enumerate(zip(drawn, results, strict=True))
        ]
        kept = [drawn[number] for number in ranking[: best_count(len(ranking), params["keep"])]]
        if kept:  # or the next level searches in the same space
            space = following(narrow(space, kept, params["margin"], params["run"]))
    return runs


def _pass(level: dict[str, Any], number: int) -> str:
    """The level, and its round if it has such: what follows what; the trials of one might have come in any order."""
    return f"{level['name']}, round {1 + number // level['round']}" if "round" in level else str(level["name"])


def _tried(
    params: dict[str, Any], level: dict[str, Any], index: int, run: dict[str, Any], space: Space, folder: Path
) -> tuple[list[dict[str, Any]], list[RunResult], Sequence[int]]:
    """What a level draws, all at once or round by round, what comes of it, and the trials' numbers, best first."""
    seed, objective = run["seed"] + run["replicate"], params["objective"]
    title = words(f"replicate {run['replicate']}, {level['name']}")
    trials = level["trials"]
    if level["sampler"] != "tpe":
        drawn = draw_trials(space, level["sampler"], seed, index, 0, trials)
        return drawn, *_trained(params, level, specs_of(run, drawn, level["epochs"]), folder, title)
    drawn = []
    results: list[RunResult] = []
    for start in range(0, trials, level["round"]):
        count = min(level["round"], trials - start)
        if start:
            tried = [(own, result.scores(objective)["value"]) for own, result in zip(drawn, results, strict=True)]
            asked = propose(space, tried, objective, seed, index, count)
        else:
            asked = draw_trials(space, level["sampler"], seed, index, 0, count)
        drawn += asked
        results += train_on(folder, specs_of(run, asked, level["epochs"]), title)
    scored = [Trial(number=number, params={}, **result.described(objective)) for number, result in enumerate(results)]
    return drawn, results, rank(scored, objective, comparable=losses_compare(params["run"]["train"]))


def _trained(
    params: dict[str, Any], level: dict[str, Any], specs: Sequence[RunSpec], folder: Path, title: str
) -> tuple[list[RunResult], Sequence[int]]:
    """The trials of a level, all to the end or rung by rung; and their numbers, best first."""
    comparable = losses_compare(params["run"]["train"])
    results: dict[int, RunResult] = {}
    rungs = level.get("rungs", [[level["trials"], level["epochs"]]])
    going_on: Sequence[int] = range(len(specs))
    found: Halved | None = None
    for (_, epochs), (go_on, _) in zip(rungs, [*rungs[1:], [0, 0]], strict=True):
        resting = [number for number in going_on if not results or results[number].state is not None]
        begun = [Begun(state, results[own].history) for own in resting if results and (state := results[own].state)]
        trained = train_on(folder, [specs[number] for number in resting], title, until=epochs, begun=begun)
        results |= dict(zip(resting, trained, strict=True))
        trials = [
            Trial(number=number, params={}, **results[number].described(params["objective"])) for number in going_on
        ]
        found = halved(found, trials, epochs, go_on, params["objective"], comparable=comparable)
        going_on = found.go_on
    return [results[number] for number in range(len(specs))], found.ranking if found else ()
