"""The stage `arm_search`: an arm of a claim that is a whole search, made anew on each replicate's split."""

from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.level import Space
from mindgap.results.trials import Trial
from mindgap.search.draw import draw_trials
from mindgap.search.narrow import best_count, following, narrow
from mindgap.search.ranking import rank
from mindgap.stages.arm import arm_run
from mindgap.stages.trials import specs_of
from mindgap.training.comparable import losses_compare
from mindgap.training.dataset import train_on
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
        seed, name = run["seed"] + replicate, level["name"]
        drawn = draw_trials(space, level["sampler"], seed, index, 0, level["trials"])
        results = train_on(folder, specs_of(run, drawn, level["epochs"]), words(f"replicate {replicate}, {name}"))
        runs += [arm_run(replicate, point, result, {}, name) for point, result in zip(drawn, results, strict=True)]
        trials = [
            Trial(number=number, params=point, **result.described(params["objective"]))
            for number, (point, result) in enumerate(zip(drawn, results, strict=True))
        ]
        space = _narrowed(params, space, trials)
    return runs


def _narrowed(params: dict[str, Any], space: Space, trials: list[Trial]) -> Space:
    """Where the next level searches: around the best of these trials, or in the same space where all diverged."""
    ranking = rank(trials, params["objective"], comparable=losses_compare(params["run"]["train"]))
    kept = [trials[number].params for number in ranking[: best_count(len(ranking), params["keep"])]]
    return following(narrow(space, kept, params["margin"], params["run"])) if kept else space
