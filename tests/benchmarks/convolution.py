"""How fast convolution is, beside PyTorch where it is installed, and what memory it takes: on one core, in one run."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import statistics  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from itertools import count  # noqa: E402

import numpy as np  # noqa: E402

from mindgap.params.convolution import Convolution  # noqa: E402
from mindgap.params.run import Model, RunSpec, Train  # noqa: E402
from mindgap.streams import EpochDraws  # noqa: E402
from mindgap.training.batches import Batches, Rows  # noqa: E402
from mindgap.training.networks import initialize_runs, loss_of, origins_of, population_of  # noqa: E402
from mindgap.training.step import Stepper, stepper_of  # noqa: E402

ROUNDS, STEPS, BATCH, NETWORKS = 7, 10, 64, 4
IMAGE, FEATURES, CLASSES = (28, 28, 1), 784, 10
LENET = Model(convolution=(Convolution(filters=8, kernel=5), Convolution(filters=16, kernel=5)), hidden=(128,))


def data() -> tuple[np.ndarray, np.ndarray]:
    """Random images for the steps; what they show does not matter to the time."""
    random = np.random.default_rng(0)
    return random.standard_normal((STEPS * BATCH, FEATURES), np.float32), random.integers(CLASSES, size=STEPS * BATCH)


def stepped(seeds: int) -> tuple[Stepper, Batches, Callable[[int], EpochDraws]]:
    """Networks that share their batches, or have those of so many seeds, and what steps them."""
    train = Train(optimizer="momentum", learning_rate=1e-3, batch_size=BATCH, l2=1e-4)
    specs = [RunSpec(model=LENET, train=train, seed=number % seeds) for number in range(NETWORKS)]
    population = population_of(specs, FEATURES, CLASSES, BATCH, image=IMAGE)
    initialize_runs(population, specs)
    origins = origins_of(specs)
    batches = Batches([Rows(*data())], BATCH, origins)
    return stepper_of(specs, population, loss_of(specs), batches.steps), batches, lambda n: EpochDraws(origins, epoch=n)


def engine(seeds: int = 1) -> Callable[[], float]:
    """Seconds of a network-step of the population."""
    stepper, batches, draws = stepped(seeds)
    epochs = count(1)

    def run() -> float:
        epoch = next(epochs)
        started = time.perf_counter()
        for batch in batches.epoch(epoch):
            stepper.step(batch.x, batch.targets, draws(epoch))
        return (time.perf_counter() - started) / STEPS / NETWORKS

    return run


def products() -> Callable[[], float]:
    """Seconds of a network-step's matrix products alone, on patches that are there."""
    random = np.random.default_rng(0)
    shapes = [(25, 8, 576 * BATCH, False), (200, 16, 64 * BATCH, True), (256, 128, BATCH, True), (128, 10, BATCH, True)]
    layers = [
        (
            *(random.standard_normal(shape, np.float32) for shape in ((fan_in, rows), (fan_in, units), (units, rows))),
            back,
        )
        for fan_in, units, rows, back in shapes
    ]

    def run() -> float:
        started = time.perf_counter()
        for _ in range(STEPS):
            for x, weights, out, back in layers:
                np.matmul(weights.T, x, out=out)
                np.matmul(x, out.T)
                if back:
                    np.matmul(weights, out)
        return (time.perf_counter() - started) / STEPS

    return run


def pytorch() -> Callable[[], float]:
    """Seconds of a step of PyTorch, eager, with its fused optimiser."""
    import torch

    torch.set_num_threads(1)
    x, labels = (torch.from_numpy(array) for array in data())
    images = x.reshape(-1, 1, 28, 28)
    first = [torch.nn.Conv2d(1, 8, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
    second = [torch.nn.Conv2d(8, 16, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten()]
    dense = [torch.nn.Linear(256, 128), torch.nn.ReLU(), torch.nn.Linear(128, CLASSES)]
    model = torch.nn.Sequential(*first, *second, *dense)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4, fused=True)
    order = torch.randperm(len(x))

    def run() -> float:
        started = time.perf_counter()
        for start in range(0, len(x), BATCH):
            chosen = order[start : start + BATCH]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
        return (time.perf_counter() - started) / STEPS

    return run


def lenet() -> None:
    """Print the time of a network-step of a net of LeNet's size, and how many times that PyTorch needs."""
    runs = {"engine": engine(), "own batches": engine(NETWORKS), "products": products()}
    runs |= {"PyTorch": pytorch()} if find_spec("torch") else {}
    for run in runs.values():
        run()
    times = [{name: run() for name, run in runs.items()} for _ in range(ROUNDS)]
    own = statistics.median(taken["engine"] for taken in times)
    line = (
        f"28x28, 5x5x8, pool, 5x5x16, pool, 128, 10, batch {BATCH}, momentum, population {NETWORKS}: {own * 1e6:.0f} us"
    )
    for name in [*runs][1:]:
        ratios = [taken[name] / taken["engine"] for taken in times]
        line += f"; {name} {statistics.median(ratios):.2f}x ({min(ratios):.2f}x)"
    print(line, flush=True)


def memory() -> None:
    """Print the peak of a step's memory beside what it must hold.

    That is the data, and of each network its parameters, their gradient, the optimiser's state, and of one batch what
    layers with weights and poolings say.
    """
    tracemalloc.start()
    stepper, batches, draws = stepped(1)
    for batch in batches.epoch(1):
        stepper.step(batch.x, batch.targets, draws(1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    architecture = LENET.architecture(FEATURES, CLASSES, IMAGE)
    pooled = sum(passage.left.units for passage in architecture.passages)
    held = STEPS * BATCH * FEATURES + NETWORKS * (
        3 * architecture.parameters + BATCH * (architecture.activations + pooled + CLASSES)
    )
    print(f"memory of such a step: {peak / 1e6:.1f} MB, {peak / held / 4:.2f} times what it must hold", flush=True)


if __name__ == "__main__":
    lenet()
    memory()
