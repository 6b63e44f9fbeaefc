"""The gate `permutation`: is there anything to learn?"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from mindgap.data.prepared import Split, open_pixels, open_split
from mindgap.metrics import METRICS, Style
from mindgap.params.run import RunSpec
from mindgap.results.check import GateResult
from mindgap.results.trials import Trial
from mindgap.search.draw import draw_trials
from mindgap.search.ranking import rank
from mindgap.stages.gates import TRAIN_ROWS, VAL_ROWS, Case, Gate
from mindgap.stages.trials import specs_of
from mindgap.streams import stream
from mindgap.tasks import cost
from mindgap.training.cohort import train_runs
from mindgap.training.comparable import losses_compare
from mindgap.training.progress import Progress
from mindgap.words import words

LIMIT = 0.05
"""The largest p that passes."""


class PermutationGate(Gate):
    """The study in small, with the real labels and then with shuffled ones (Ojala and Garriga 2010, test 1).

    Some trials of the search's first level, or the study's own run, are trained as ever; the score is the validation
    objective of the best. With n shuffles, measured is p = (1 + shuffled scores at least as good) / (n + 1), the share
    of all labellings, the real one among them, that do as well (Phipson and Smyth 2010). Where labels have nothing to
    do with features, it is at most 0.05 in at most one study of 20: choosing by validation flatters all labellings
    alike. To keep them alike, labels stay within their split: a stratified one has each class, and a standardised
    target its mean, as no other shuffle would. What diverged counts as the worst.
    """

    question = words("Can the study learn more from these labels than from shuffled ones?")

    @classmethod
    def ask(cls, case: Case) -> GateResult:
        asked = case.params["permutation"]
        objective, seed = asked["objective"], asked["run"]["seed"]
        drawn, specs = _trials(asked)
        train, val = _first(case.train, TRAIN_ROWS), _first(open_split(case.data, "val"), VAL_ROWS)
        pixels, comparable = open_pixels(case.data), losses_compare(asked["run"]["train"])
        epochs, cohorts = specs[0].train.epochs, len({spec.cohort() for spec in specs})

        def score(train: Split, val: Split) -> float | None:
            results = train_runs(specs, train, val, case.outputs, progress.epoch, pixels)
            trials = [
                Trial(number=number, params=values, **result.described(objective))
                for number, (values, result) in enumerate(zip(drawn, results, strict=True))
            ]
            ranking = rank(trials, objective, comparable=comparable)
            return trials[ranking[0]].value if ranking else None

        with Progress(words("check: permutation"), epochs, cohorts * (asked["rounds"] + 1)) as progress:
            real = score(train, val)
            shuffled = []
            for number in range(asked["rounds"]):
                random = stream("permutation", seed=seed, epoch=number)
                shuffled.append(score(_shuffled(train, random), _shuffled(val, random)))
        as_good = sum(_cost(objective, value) <= _cost(objective, real) for value in shuffled)
        p = (1 + as_good) / (1 + len(shuffled))
        figures = {
            "objective": objective,
            "score": real,
            "shuffled": tuple(shuffled),
            "as_good": as_good,
            "trials": len(specs),
            "epochs": epochs,
            "train_rows": len(train.y),
            "val_rows": len(val.y),
        }
        return GateResult("permutation", p, LIMIT, p <= LIMIT, figures)

    @staticmethod
    @words
    def expected(result: GateResult) -> str:
        return f"a p of at most {result.limit:g}"

    @staticmethod
    @words
    def explanation(result: GateResult) -> str:
        figures: Mapping[str, Any] = result.figures
        metric, rounds = METRICS[figures["objective"].removeprefix("val_")], len(figures["shuffled"])
        ended = [value for value in figures["shuffled"] if value is not None]
        ends = min(ended, default=None), max(ended, default=None)
        score, low, high = (_written(value, metric.style) for value in (figures["score"], *ends))
        between = low if low == high else f"{low} to {high}"
        diverged = f" ({rounds - len(ended)} diverged)" if 0 < len(ended) < rounds else ""
        better = f"{rounds - figures['as_good']} of {rounds}" if figures["as_good"] else f"all {rounds}"
        runs = "one run" if figures["trials"] == 1 else f"the best of {figures['trials']} trials"
        return (
            f"Validation {metric.title}: {score} with the real labels, {between} with shuffled ones{diverged}: better "
            f"than {better}. That is of {runs}, of at most {figures['epochs']} epochs on {figures['train_rows']} "
            f"training rows, measured on {figures['val_rows']} validation rows. Where shuffled labels do as well: look "
            "at the target, the features and the learning rates, or use more rows."
        )


def _trials(asked: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[RunSpec]]:
    """The searched params of each trial, and the runs; without a search the study's own."""
    run, level = asked["run"], asked["level"]
    if level is None:
        return [{}], [RunSpec.of(run, {})]
    drawn = draw_trials(level["space"], level["sampler"], run["seed"], 0, 0, level["trials"])
    return drawn, specs_of(run, drawn, level["epochs"])


def _first(split: Split, rows: int) -> Split:
    return replace(split, x=split.x[:rows], y=split.y[:rows])


def _shuffled(split: Split, random: np.random.Generator) -> Split:
    return replace(split, y=random.permutation(split.y))


def _cost(objective: str, score: float | None) -> float:
    return inf if score is None else cost(objective, score)


@words
def _written(score: float | None, style: Style) -> str:
    if score is None:
        return "diverged"
    text = f"{100 * score:.1f}" if style == "percent" else f"{score:.3g}" if abs(score) < 1000 else f"{score:.0f}"
    return text.replace("-", "−")
