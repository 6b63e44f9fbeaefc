"""The gates before money is spent: is the network sound, and can it learn these data at all?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Split, open_dataset, open_split
from mindgap.errors import UserError
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.store.results import write_json
from mindgap.streams import EpochDraws, Origins, stream
from mindgap.training.cohort import train_runs
from mindgap.training.networks import initialize_runs, loss_of, population_of

ROWS = 20
"""Examples that a sound network learns by heart."""

LEARNING_RATES = (0.1, 0.03, 0.01, 0.003, 0.001)

EPOCHS = 1500
"""Enough for slow sigmoids; most networks are done in a tenth of it."""

LEARNED = 0.02
"""A share of the loss of all-zero outputs, which only rows known by heart allow."""

SEARCHED = 5000
"""Training rows among which the examples are chosen; equal rows with different labels could not be learned."""


@dataclass(frozen=True)
class Gate:
    """A question to the network, what was measured, and what would have been right."""

    name: str
    question: str
    measured: float
    expected: str
    passed: bool
    explanation: str


def check(params: dict[str, Any], data: Path, out: Path) -> None:
    """Run all gates on the study's own model and training rows, and write `check.json`.

    Raises UserError naming each gate that failed and why, unless params["on_failure"] is "warn".
    """
    run = RunSpec.model_validate(params["run"])
    outputs = open_dataset(data).outputs
    train = open_split(data, "train")
    few = _few_rows(train, run.seed)
    gates = [
        gradient_gate(run, few, outputs),
        first_loss_gate(run, train, outputs),
        penalty_gate(run, train, outputs),
        memory_gate(run, few, outputs),
    ]
    failed = [gate for gate in gates if not gate.passed]
    if failed and params["on_failure"] == "stop":
        reasons = [
            f"{gate.name}: {gate.question} Measured {gate.measured:.3g}, expected {gate.expected}. {gate.explanation}"
            for gate in failed
        ]
        raise UserError(
            "\n".join(["the check failed, so the study stops here (check.on_failure: warn goes on):", *reasons])
        )
    write_json(out / "check.json", {"gates": [asdict(gate) for gate in gates]})


def gradient_gate(run: RunSpec, rows: Split, outputs: int) -> Gate:
    """Back-propagation against the central difference of the penalised loss along one direction, in float64.

    The direction is a random one plus the gradient's: a random one alone may be almost level, and its slope then
    drowns in rounding.
    """
    population = _in_float64(run, rows.x.shape[1], outputs)
    weights, l2 = population.architecture.weights, max(run.train.l2, 1e-3)
    x = rows.x.astype(np.float64)
    loss = loss_of([run])
    population.differentiate(x, rows.y, loss, _NO_DRAWS)
    gradient = population.gradients.copy()
    gradient[:, :weights] += l2 * population.parameters[:, :weights]
    random = stream("check", seed=run.seed).standard_normal(gradient.shape)
    direction = random / np.linalg.norm(random) + gradient / max(float(np.linalg.norm(gradient)), 1e-30)
    analytic = float((gradient * direction).sum())
    numeric = _slope(population, direction, lambda: _objective(population, x, rows.y, l2, loss))
    error = abs(analytic - numeric) / max(abs(analytic), abs(numeric), 1e-12)
    allowed = 1e-4 if loss.kinked or ACTIVATIONS[run.model.activation].kinked else 1e-7
    return Gate(
        name="gradient",
        question="Does back-propagation agree with the slope of the loss?",
        measured=error,
        expected=f"a relative error of at most {allowed:g}",
        passed=bool(error <= allowed),
        explanation=f"Along one direction: {analytic:.10g} by back-propagation, {numeric:.10g} by differences.",
    )


def first_loss_gate(run: RunSpec, train: Split, outputs: int) -> Gate:
    """With weights near zero all outputs are, and the loss is what it must be there: ln(classes) for cross-entropy."""
    rows = Split(train.x[:1000], train.y[:1000])
    population = population_of([run], rows.x.shape[1], outputs, 1)
    initialize_runs(population, [run])
    loss = loss_of([run])
    expected = loss.at_zero(outputs, rows.y)
    own = float(loss.values(_logits(population, rows.x), rows.y).mean())
    population.parameters[:, : population.architecture.weights] *= np.float32(0.01)
    small = float(loss.values(_logits(population, rows.x), rows.y).mean())
    return Gate(
        name="first loss",
        question="Does a network that knows nothing yet, its weights near zero, lose what outputs of zero do?",
        measured=small,
        expected=f"{expected:.4f} within 5 %" + (f", ln {outputs}" if loss.probabilities else ""),
        passed=bool(abs(small - expected) <= 0.05 * expected),
        explanation=f"With the study's own first weights the loss begins at {own:.4f}.",
    )


def penalty_gate(run: RunSpec, train: Split, outputs: int) -> Gate:
    """Regularisation must raise the loss."""
    population = _in_float64(run, train.x.shape[1], outputs)
    weights = population.parameters[:, : population.architecture.weights]
    weights += 0.01 * stream("check", seed=run.seed).standard_normal(weights.shape)  # weights of 0 have no penalty
    x, targets = train.x[:1000].astype(np.float64), train.y[:1000]
    plain, penalised = (_objective(population, x, targets, l2, loss_of([run])) for l2 in (0.0, 1.0))
    return Gate(
        name="penalty",
        question="Does regularisation raise the loss?",
        measured=penalised - plain,
        expected="more than 0",
        passed=penalised > plain,
        explanation=f"{plain:.4f} without, {penalised:.4f} with l2 = 1; both near the first weights.",
    )


def memory_gate(run: RunSpec, few: Split, outputs: int) -> Gate:
    """A sound network learns a few examples by heart, with no regularisation in its way."""
    off = dict.fromkeys(("l1", "l2", "weight_decay", "dropout", "input_dropout", "input_noise", "label_smoothing"), 0.0)
    none = dict.fromkeys(("early_stopping", "switch", "max_norm", "clip_norm", "augment", "batch_size"))
    plain = {**off, **none, "optimizer": "adam", "schedule": "constant"}
    if few.y.dtype.kind == "f":  # the same demand whatever a study's loss makes of distances
        plain["loss"] = "mse"
    enough = LEARNED * loss_of([run.vary(plain)]).at_zero(outputs, few.y)
    reached = float("inf")
    for epochs in (EPOCHS // 10, EPOCHS):
        specs = [run.vary({**plain, "epochs": epochs, "learning_rate": rate}) for rate in LEARNING_RATES]
        losses = [result.history["train_loss"][-1] for result in train_runs(specs, few, few, outputs)]
        reached = min([reached, *(value for value in losses if value is not None)])
        if reached < enough or not run.model.hidden:
            break
    linear = not run.model.hidden
    return Gate(
        name="memory",
        question=f"Can the network learn {len(few.y)} examples by heart?",
        measured=min(reached, 1e9),
        expected=f"a loss below {enough:.3g}" + (" (not asked of a linear classifier)" if linear else ""),
        passed=bool(linear or reached < enough),
        explanation=(
            f"The least training loss after at most {EPOCHS} epochs of Adam at {len(LEARNING_RATES)} learning rates, without "
            "penalty and dropout, of rows that all differ. Where it stays high: look at model.init, model.activation "
            "and preprocess."
        ),
    )


_NO_DRAWS = EpochDraws(Origins([(0, 0)]), epoch=0)
"""For training passes in which nothing is random."""


def _few_rows(train: Split, seed: int) -> Split:
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


def _in_float64(run: RunSpec, features: int, outputs: int) -> Population:
    """The study's network, initialised, in double precision and without dropout."""
    single = population_of([run], features, outputs, 1)
    initialize_runs(single, [run])
    double = Population(single.architecture, [run.settings()["leak"]], 1000, dtype=np.float64)
    double.values[:] = single.values
    return double


def _logits(population: Population, x: NDArray[np.float32]) -> NDArray[Any]:
    step = population.rows
    parts = [population.forward(np.ascontiguousarray(x[i : i + step])).copy() for i in range(0, len(x), step)]
    return np.concatenate(parts, axis=1)


def _objective(population: Population, x: NDArray[np.float64], targets: Targets, l2: float, loss: Loss) -> float:
    """Mean loss of the rows plus l2/2 times the sum of squared weights."""
    squares = float((population.parameters[:, : population.architecture.weights] ** 2).sum())
    outputs = population.forward(x, _NO_DRAWS)  # as in training: batch normalisation by this batch
    return float(loss.values(outputs, targets).mean()) + l2 / 2 * squares


def _slope(population: Population, direction: NDArray[np.float64], objective: Callable[[], float]) -> float:
    """The central difference of an objective as the parameters move along a direction."""
    length, origin = 1e-5, population.parameters.copy()
    values = []
    for sign in (1, -1):
        population.parameters[:] = origin + sign * length * direction
        values.append(objective())
    population.parameters[:] = origin
    return (values[0] - values[1]) / (2 * length)
