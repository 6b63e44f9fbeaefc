"""The stage `search`: a level's trials put together, ranked, and narrowed to where the next level searches."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.results.level import Best, Counts, Level
from mindgap.results.trials import Trial, Trials
from mindgap.search.importance import importance
from mindgap.search.narrow import best_count, following, narrow
from mindgap.search.ranking import expected_best
from mindgap.stages.rung import put_together
from mindgap.streams import stream


def collect(
    params: dict[str, Any], shards: Sequence[Path], previous: Path | None, out: Path, rung: Path | None = None
) -> None:
    """Put a level's trials together: `Trials` has them all, `Level` what follows from them.

    Where they were halved, the shards have those of the last rung, and the folder `rung` is of the one before. Raises
    UserError if every trial diverged.
    """
    level = params["level"]
    space = level["space"] if previous is None else Level.read(previous).next_space
    trials, found = put_together(params, shards, rung, level["epochs"], 0)
    objective, ranking = level["objective"], found.ranking
    if not ranking:
        raise UserError(
            f"search.levels.{level['name']}: all {len(trials)} trials diverged, so there is nothing to narrow to; "
            "lower the upper end of search.space.learning_rate, or scale the data (preprocess.scale: feature)"
        )
    kept = [trials[number].params for number in ranking[: best_count(len(ranking), params["keep"])]]
    steps = narrow(space, kept, params["margin"], params["run"])
    # What asks earlier trials goes where values were good, also where that was chance: its first round alone does not.
    asks = level["sampler"] == "tpe"
    fair = [trials[number] for number in sorted(ranking) if not asks or number < level["round"]]
    shuffles = stream("importance", seed=params["run"]["seed"], epoch=level["index"])
    Trials(tuple(trials)).write(out)
    Level(
        level=level["name"],
        objective=objective,
        sampler=level["sampler"],
        epochs=level["epochs"],
        space=space,
        counts=_counts(trials),
        best=_best(trials[ranking[0]]),
        ranking=ranking,
        next_space=following(steps),
        narrowing=tuple(steps),
        importance=importance(space, fair, objective, shuffles),
        expected_best=tuple(expected_best([trial.value for trial in trials], objective))
        if rung is None and not asks
        else (),
        rungs=() if rung is None else found.rungs,
    ).write(out)


def _counts(trials: Sequence[Trial]) -> Counts:
    ended = Counter(trial.status for trial in trials)
    return Counts(len(trials), ended["finished"], ended["stopped_early"], ended["diverged"])


def _best(trial: Trial) -> Best:
    if trial.value is None or trial.val_loss is None:
        raise ValueError(f"trial {trial.number} diverged and cannot be the best")
    return Best(trial.number, trial.params, trial.value, trial.val_loss)
