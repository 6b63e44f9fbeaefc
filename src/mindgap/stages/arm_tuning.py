"""The stage `arm_tuning`: what an arm of a claim tunes, on splits that judge nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.results.tuning import TunedPoint, Tuning, TuningRun
from mindgap.search.draw import draw_trials
from mindgap.search.ranking import rank
from mindgap.stages.train import mean
from mindgap.stages.trials import specs_of
from mindgap.training.comparable import losses_compare
from mindgap.training.dataset import train_on_each
from mindgap.words import words


def tune(params: dict[str, Any], data: Path, out: Path) -> None:
    """Train the points of the one level on each split's data, in the folder of its number; writes `Tuning`.

    The best is that whose objective has the best mean over the splits. A point that diverged on any of them is out.
    Raises UserError if none is left.
    """
    (level,), run, splits = params["levels"], params["run"], range(*params["slice"])
    drawn = draw_trials(params["space"], level["sampler"], run["seed"], 0, 0, level["trials"])
    asked = [
        (data / str(split), spec)
        for split in splits
        for spec in specs_of({**run, "replicate": split}, drawn, level["epochs"])
    ]
    results = train_on_each(asked, words("tuning"))
    runs = [
        TuningRun(replicate=spec.replicate, **result.described(params["objective"]))
        for (_, spec), result in zip(asked, results, strict=True)
    ]
    points = tuple(_point(number, values, runs[number :: len(drawn)]) for number, values in enumerate(drawn))
    ranking = rank(points, params["objective"], comparable=losses_compare(run["train"]))
    if not ranking:
        raise UserError(
            f"tune: each of the {len(points)} trials diverged on one of the {len(splits)} splits at least; lower the "
            "upper end of tune.space.learning_rate"
        )
    Tuning(points, ranking[0]).write(out)


def _point(number: int, values: dict[str, Any], runs: Sequence[TuningRun]) -> TunedPoint:
    return TunedPoint(number, values, mean([run.value for run in runs]), mean([run.val_loss for run in runs]), (*runs,))
