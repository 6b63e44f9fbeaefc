"""The stage `check`: the gates before money is spent. Is the network sound, and can it learn these data at all?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.results.check import Check, GateResult
from mindgap.stages.deciding import refuse_all_but_two
from mindgap.stages.gates import GATES, Case, gates_of
from mindgap.streams import stream
from mindgap.words import words

ROWS = 20
"""Examples that a sound network learns by heart."""

SEARCHED = 5000
"""Training rows among which the examples are chosen; equal rows with different labels could not be learned."""


def check(params: dict[str, Any], data: Path, out: Path) -> None:
    """Ask all gates about the study's own model and training rows, and write `Check`.

    Raises UserError naming each gate that failed and why, unless params["on_failure"] is "warn"; and where params ask
    for what is of two classes, and there are others.
    """
    run = RunSpec.model_validate(params["run"])
    train = open_split(data, "train")
    if params.get("two_classes"):
        refuse_all_but_two(Dataset.read(data).outputs)
    case = Case(run, train, few_rows(train, run.seed), Dataset.read(data).outputs, params, data)
    found = Check(tuple(GATES[name].ask(case) for name in gates_of(params)))
    failed = [result for result in found.gates if not result.passed]
    if failed and params["on_failure"] == "stop":
        raise UserError(_reasons(failed))
    found.write(out)


@words
def _reasons(failed: Sequence[GateResult]) -> str:
    lines = ["the check failed, so the study stops here (check.on_failure: warn goes on):"]
    for result in failed:
        gate = GATES[result.name]
        lines.append(
            f"{result.name}: {gate.question} Measured {result.measured:.3g}, expected {gate.expected(result)}. "
            f"{gate.explanation(result)}"
        )
    return "\n".join(lines)


def few_rows(train: Split, seed: int) -> Split:
    """ROWS different training rows, or as many as there are: from the classes as evenly as they allow; of a regression
    such that lie far apart, and fewer where there are few features."""
    _, different = np.unique(np.asarray(train.x[:SEARCHED]), axis=0, return_index=True)
    order = stream("check", seed=seed).permutation(different)
    places = _by_turns(train.y[order]) if train.y.dtype.kind == "i" else _far_apart(train.x[order])
    chosen = np.sort(order[places[:ROWS]])
    return Split(np.ascontiguousarray(train.x[chosen]), np.asarray(train.y)[chosen])


def _by_turns(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the labels such that each class has its turn."""
    turn = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        turn[labels == label] = np.arange((labels == label).sum())
    return np.lexsort((np.arange(len(labels)), turn))


def _far_apart(x: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of a few rows, each next one the farthest from those before it.

    What was measured for neighbours differs by noise, which no smooth function has by heart.
    """
    chosen, nearest = [0], np.full(len(x), np.inf)
    for _ in range(min(ROWS, len(x), 2 * x.shape[1] + 2) - 1):
        nearest = np.minimum(nearest, np.square(x - x[chosen[-1]], dtype=np.float64).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return np.array(chosen)
