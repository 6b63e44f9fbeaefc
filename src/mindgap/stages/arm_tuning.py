"""The stage `arm_tuning`: what an arm of a claim tunes, by validation on rows that judge nothing."""

from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.results.trials import Trial, Trials
from mindgap.results.tuning import Tuning
from mindgap.search.draw import draw_trials
from mindgap.search.ranking import rank
from mindgap.stages.trials import specs_of
from mindgap.training.comparable import losses_compare
from mindgap.training.dataset import train_on
from mindgap.words import words


def tune(params: dict[str, Any], data: Path, out: Path) -> None:
    """Train the points of the one level on replicate 0, which judges nothing; writes `Trials` and `Tuning`.

    Raises UserError if every trial diverged.
    """
    (level,), run = params["levels"], params["run"]
    drawn = draw_trials(params["space"], level["sampler"], run["seed"], 0, 0, level["trials"])
    results = train_on(data / "0", specs_of(run, drawn, level["epochs"]), words("tuning"))
    trials = [
        Trial(number=number, params=point, **result.described(params["objective"]))
        for number, (point, result) in enumerate(zip(drawn, results, strict=True))
    ]
    ranking = rank(trials, params["objective"], comparable=losses_compare(run["train"]))
    if not ranking:
        raise UserError(f"tune: all {len(trials)} trials diverged; lower the upper end of tune.space.learning_rate")
    Trials(tuple(trials)).write(out)
    Tuning(ranking[0], trials[ranking[0]].params).write(out)
