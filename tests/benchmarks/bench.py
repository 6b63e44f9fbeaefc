"""How fast the engine is: ratios in one run on one core against scikit-learn, and PyTorch where it is installed."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import statistics  # noqa: E402
import time  # noqa: E402
import tracemalloc  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from functools import partial  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from itertools import count, pairwise  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from threadpoolctl import threadpool_info  # noqa: E402

from mindgap.data.prepared import Split  # noqa: E402
from mindgap.params.run import Model, RunSpec, Train  # noqa: E402
from mindgap.streams import EpochDraws  # noqa: E402
from mindgap.training.batches import Batches, Rows  # noqa: E402
from mindgap.training.cohort import train_runs  # noqa: E402
from mindgap.training.networks import initialize_runs, loss_of, origins_of, population_of  # noqa: E402
from mindgap.training.step import stepper_of  # noqa: E402

ROUNDS = 7
"""Every contender is timed once a round, in turn, so that a slow moment of the machine meets them all."""


@dataclass(frozen=True)
class Work:
    """One training task: units of each layer, batch size, optimiser, networks side by side, steps to time."""

    units: tuple[int, ...]
    batch: int
    optimizer: str
    count: int
    steps: int

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.units))}, batch {self.batch}, {self.optimizer}, population {self.count}"


WORKS = [
    Work((64, 64, 10), 32, "momentum", 16, 300),
    Work((64, 64, 10), 32, "adam", 16, 300),
    Work((784, 100, 100, 10), 200, "adam", 8, 40),
    Work((784, 1024, 1024, 10), 128, "adam", 2, 8),
]


def data(work: Work) -> tuple[np.ndarray, np.ndarray]:
    """Random rows for the steps; what they hold does not matter to the time."""
    random = np.random.default_rng(0)
    rows = work.batch * work.steps
    return random.standard_normal((rows, work.units[0]), dtype=np.float32), random.integers(work.units[-1], size=rows)


def engine(work: Work, *, dead: bool = False, seeds: int = 1, **changes: Any) -> Callable[[], float]:
    """Seconds of a network-step of the population: gather a batch, or one a seed, differentiate, update.

    `changes` are model or train params by name; `dead` lets half of the first layer's units never fire.
    """
    x, labels = data(work)
    train = Train(optimizer=work.optimizer, learning_rate=1e-3, batch_size=work.batch, l2=1e-4)
    spec = RunSpec(model=Model(hidden=work.units[1:-1]), train=train, seed=0).vary(changes)
    specs = [spec.model_copy(update={"seed": number % seeds}) for number in range(work.count)]
    population = population_of(specs, work.units[0], work.units[-1], work.batch)
    initialize_runs(population, specs)
    if dead:
        population.architecture.layers(population.values)[0][1][:, :, ::2] = -1e3
    origins = origins_of(specs)
    batches = Batches([Rows(x, labels)], work.batch, origins)
    stepper = stepper_of(specs, population, loss_of(specs), batches.steps)
    epochs = count(1)

    def run() -> float:
        epoch = next(epochs)
        started = time.perf_counter()
        draws = EpochDraws(origins, epoch=epoch)
        for batch in batches.epoch(epoch):
            stepper.step(batch.x, batch.targets, draws)
        return (time.perf_counter() - started) / work.steps / work.count

    return run


def products(work: Work) -> Callable[[], float]:
    """Seconds of a network-step's matrix products alone, with buffers of their own."""
    random = np.random.default_rng(0)
    layers = []
    for number, (fan_in, fan_out) in enumerate(pairwise(work.units)):
        shape = (work.batch, fan_in) if number == 0 else (work.count, work.batch, fan_in)
        x = random.standard_normal(shape, dtype=np.float32)
        weights = random.standard_normal((work.count, fan_in, fan_out), dtype=np.float32)
        out = np.empty((work.count, work.batch, fan_out), np.float32)
        layers.append((x, weights, out, np.empty_like(weights), np.empty((work.count, work.batch, fan_in), np.float32)))

    def run() -> float:
        started = time.perf_counter()
        for _ in range(work.steps):
            for number, (x, weights, out, gradient, back) in enumerate(layers):
                np.matmul(x, weights, out=out)
                np.matmul(x.swapaxes(-1, -2), out, out=gradient)
                if number:
                    np.matmul(out, weights.swapaxes(1, 2), out=back)
        return (time.perf_counter() - started) / work.steps / work.count

    return run


def scikit_learn(work: Work, dtype: type) -> Callable[[], float]:
    """Seconds of a step of scikit-learn's MLPClassifier by `fit`, which computes in the precision of its rows."""
    from sklearn.neural_network import MLPClassifier

    warnings.filterwarnings("ignore", module="sklearn")
    x, labels = data(work)
    x = x.astype(dtype)
    solver = {"solver": "adam"} if work.optimizer == "adam" else {"solver": "sgd", "nesterovs_momentum": False}

    def run() -> float:
        model = MLPClassifier(
            work.units[1:-1], batch_size=work.batch, learning_rate_init=1e-3, max_iter=2, tol=0, **solver
        )
        started = time.perf_counter()
        model.fit(x, labels)
        return (time.perf_counter() - started) / work.steps / 2

    return run


def pytorch(work: Work) -> Callable[[], float]:
    """Seconds of a step of PyTorch, eager, with its fused optimiser."""
    import torch

    torch.set_num_threads(1)
    x, labels = (torch.from_numpy(array) for array in data(work))
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in pairwise(work.units):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    settings = {"lr": 1e-3, "weight_decay": 1e-4, "fused": True}
    rule = torch.optim.Adam if work.optimizer == "adam" else torch.optim.SGD
    optimizer = rule(model.parameters(), **settings, **({} if work.optimizer == "adam" else {"momentum": 0.9}))
    order = torch.randperm(len(x))

    def run() -> float:
        started = time.perf_counter()
        for start in range(0, len(x), work.batch):
            chosen = order[start : start + work.batch]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[chosen]), labels[chosen]).backward()
            optimizer.step()
        return (time.perf_counter() - started) / work.steps

    return run


def main() -> None:
    """Print a table: time of a network-step, and how many times that the others need."""
    contenders: dict[str, Callable[[Work], Callable[[], float]]] = {
        "scikit-learn in float32": partial(scikit_learn, dtype=np.float32),
        "in float64, its datasets' precision": partial(scikit_learn, dtype=np.float64),
    }
    if find_spec("torch"):
        contenders["PyTorch"] = pytorch
    blas = next(found for found in threadpool_info() if found["user_api"] == "blas")
    print(f"NumPy's BLAS is {blas['internal_api']} {blas['version']} with kernels for {blas.get('architecture')}.")
    print("One core. Microseconds of a network-step: median of the rounds; ratios round by round: median (lowest).")
    for work in WORKS:
        runs = {"engine": engine(work), "products": products(work)}
        runs |= {name: make(work) for name, make in contenders.items()}
        for run in runs.values():
            run()
        times = [{name: run() for name, run in runs.items()} for _ in range(ROUNDS)]
        own = [taken["engine"] for taken in times]
        line = f"{work}: {statistics.median(own) * 1e6:.1f} us"
        line += f"; products / all {statistics.median(taken['products'] / taken['engine'] for taken in times):.2f}"
        for name in contenders:
            ratios = [taken[name] / taken["engine"] for taken in times]
            line += f"; {name} {statistics.median(ratios):.1f}x ({min(ratios):.1f}x)"
        print(line, flush=True)
    costs()
    over_seeds()
    single_row()
    for rows in (54_000, 10_000):
        memory(rows)


def costs() -> None:
    """Print what dropout, batch normalisation, L1 and dead units cost, as ratios to the plain second work."""
    work = WORKS[2]
    variants: dict[str, dict[str, Any]] = {
        "dropout 0.5": {"dropout": 0.5},
        "batch normalisation": {"normalization": "batch"},
        "l1": {"l1": 1e-5},
        "half of the units dead": {"dead": True},
    }
    runs = {"plain": engine(work), **{name: engine(work, **changes) for name, changes in variants.items()}}
    for run in runs.values():
        for _ in range(10 if run is runs["half of the units dead"] else 1):  # time for denormals to appear, if they do
            run()
    times = [{name: run() for name, run in runs.items()} for _ in range(ROUNDS)]
    ratios = {name: statistics.median(taken[name] / taken["plain"] for taken in times) for name in variants}
    print(f"{work}, to the plain one: " + "; ".join(f"{name} {ratio:.2f}x" for name, ratio in ratios.items()))


OVER_SEEDS = [Work((64, 64, 10), 32, "adam", 16, 300), Work((784, 100, 100, 10), 200, "adam", 5, 60)]


def over_seeds() -> None:
    """Print what it costs that each network has batches of its own, as the ratio to networks that share theirs."""
    print("Populations over seeds:")
    for work in OVER_SEEDS:
        runs = {"shared": engine(work), "own": engine(work, seeds=work.count)}
        for run in runs.values():
            run()
        times = [{name: run() for name, run in runs.items()} for _ in range(3 * ROUNDS)]
        ratios = [taken["own"] / taken["shared"] for taken in times]
        shared = statistics.median(taken["shared"] for taken in times) * 1e6
        line = f"{work}: {shared:.1f} us with shared batches; {work.count} seeds {statistics.median(ratios):.2f}x"
        print(f"{line} ({min(ratios):.2f}x)", flush=True)


def single_row(calls: int = 3000) -> None:
    """Print how long a fitted estimator takes for one row, as ratios to scikit-learn's with as many units."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier as ScikitLearnsOwn

    from mindgap.sklearn import MLPClassifier

    warnings.simplefilter("ignore")
    x, labels = load_digits(return_X_y=True)
    models = {"own": MLPClassifier((64,), epochs=1), "scikit-learn": ScikitLearnsOwn((64,), max_iter=1)}
    for model in models.values():
        model.fit(x, labels)
    for method in ("predict_proba", "predict"):
        times: list[dict[str, float]] = []
        for _ in range(calls):
            taken = {}
            for name, model in models.items():
                started = time.perf_counter()
                getattr(model, method)(x[:1])
                taken[name] = time.perf_counter() - started
            times.append(taken)
        ratios = [taken["scikit-learn"] / taken["own"] for taken in times]
        own = statistics.median(taken["own"] for taken in times) * 1e6
        print(f"One row of digits, 64-64-10, {method}: {own:.1f} us; scikit-learn {statistics.median(ratios):.1f}x")


def memory(rows: int) -> None:
    """Print the peak of a whole training of the third work on so many rows, held against what it cannot do without.

    That is the data, the parameters, the optimiser's state, and the activations of a batch and their gradients.
    """
    work, random = WORKS[3], np.random.default_rng(0)
    train, val = (
        Split(random.standard_normal((count, work.units[0]), dtype=np.float32), random.integers(10, size=count))
        for count in (rows, rows // 9)
    )
    learning = Train(optimizer=work.optimizer, learning_rate=1e-4, batch_size=work.batch, epochs=1)
    spec = RunSpec(model=Model(hidden=work.units[1:-1]), train=learning, seed=0)
    tracemalloc.start()
    train_runs([spec] * work.count, train, val, work.units[-1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    data = sum(array.nbytes for split in (train, val) for array in (split.x, split.y))
    parameters = 4 * work.count * sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(work.units))
    activations = 4 * work.count * 2 * work.batch * sum(work.units[1:])
    needed = data + 3 * parameters + activations  # Adam's state is two more of the parameters' size
    print(f"{work}: memory on {rows:,} rows {(data + peak) / needed:.2f}x of data, parameters, state and activations")


if __name__ == "__main__":
    main()
