"""What fine and coarse gates cost: the same function from small gates and from one, in values, time and memory."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import time  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from dataclasses import dataclass  # noqa: E402

import numpy as np  # noqa: E402

from mindgap.graph.gates import FINE, mean_over  # noqa: E402
from mindgap.graph.value import GATES, Gate, Value  # noqa: E402

ROUNDS = 15
"""Fine and coarse take turns, so that a slow moment of the machine meets both; the fastest round counts."""

SECONDS = 0.02
"""A round repeats what it times for about that long."""


@dataclass(frozen=True)
class Cost:
    """What one granularity costs: values below the leaves, seconds each way, bytes of all values and gradients."""

    values: int
    forward: float
    backward: float
    memory: int


def elementwise(name: str, shape: tuple[int, ...]) -> Callable[[Mapping[str, Gate]], Value]:
    """A gate of one input on random numbers."""
    x = np.random.default_rng(0).standard_normal(shape)
    return lambda gates: gates[name](Value(x))


def cross_entropy(shape: tuple[int, int, int]) -> Callable[[Mapping[str, Gate]], Value]:
    """The loss of random logits (count, rows, classes) against random labels."""
    random = np.random.default_rng(0)
    logits, targets = random.standard_normal(shape), np.eye(shape[2])[random.integers(shape[2], size=shape[1])]
    return lambda gates: gates["softmax_cross_entropy"](Value(logits), Value(targets))


def network(count: int, rows: int, units: tuple[int, int, int]) -> Callable[[Mapping[str, Gate]], Value]:
    """The mean losses of a population of sigmoid networks with one hidden layer."""
    random = np.random.default_rng(0)
    features, hidden, classes = units
    x, targets = random.standard_normal((rows, features)), np.eye(classes)[random.integers(classes, size=rows)]
    first = random.standard_normal((count, features, hidden)) / features**0.5
    second = random.standard_normal((count, hidden, classes)) / hidden**0.5

    def losses(gates: Mapping[str, Gate]) -> Value:
        logits = gates["sigmoid"](Value(x) @ Value(first)) @ Value(second)
        return mean_over(gates["softmax_cross_entropy"](logits, targets), axis=1)

    return losses


WORKS = {
    "sigmoid of one number": elementwise("sigmoid", ()),
    "sigmoid of 8 x 200 x 100": elementwise("sigmoid", (8, 200, 100)),
    "tanh of 8 x 200 x 100": elementwise("tanh", (8, 200, 100)),
    "ReLU of 8 x 200 x 100": elementwise("relu", (8, 200, 100)),
    "softmax cross-entropy of 8 x 200 x 10": cross_entropy((8, 200, 10)),
    "sigmoid net 64-64-10, batch 32, population 16": network(16, 32, (64, 64, 10)),
}


def seconds(function: Callable[[], object]) -> float:
    """Processor seconds of one call, as a mean over about `SECONDS` of them."""
    started, calls = time.process_time(), 0
    while time.process_time() - started < SECONDS:
        function()
        calls += 1
    return (time.process_time() - started) / calls


def measure(work: Callable[[Mapping[str, Gate]], Value]) -> tuple[Cost, Cost]:
    """The costs of a work in fine and in coarse gates, measured in turns."""
    both: list[Mapping[str, Gate]] = [{**GATES, **FINE}, GATES]
    outputs = [work(gates) for gates in both]
    times = [
        [
            (seconds(lambda gates=gates: work(gates)), seconds(output.backward))
            for gates, output in zip(both, outputs, strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    costs = []
    for number, output in enumerate(outputs):
        order = output.topological_order()
        forward, backward = (min(taken[number][way] for taken in times) for way in (0, 1))
        memory = sum(value.data.nbytes + value.gradient.nbytes for value in order)
        costs.append(Cost(sum(bool(value.inputs) for value in order), forward, backward, memory))
    return costs[0], costs[1]


def main() -> None:
    """Print a table in Markdown: each pair of figures is fine / coarse."""
    print("Measured on one core: fine / coarse.\n")
    print("| work | gates | forward, us | backward, us | time, ratio | memory, ratio |")
    print("|---|---|---|---|---|---|")
    for name, work in WORKS.items():
        fine, coarse = measure(work)
        ratio = (fine.forward + fine.backward) / (coarse.forward + coarse.backward)
        cells = [
            f"{fine.values} / {coarse.values}",
            f"{fine.forward * 1e6:,.0f} / {coarse.forward * 1e6:,.0f}",
            f"{fine.backward * 1e6:,.0f} / {coarse.backward * 1e6:,.0f}",
            f"{ratio:.1f}",
            f"{fine.memory / coarse.memory:.1f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
