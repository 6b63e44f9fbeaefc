"""Work: how much a training costs, as far as it can be told before any data are read, and how it is cut into jobs."""

from math import ceil, floor, log2, prod
from pathlib import Path
from typing import NamedTuple

from mindgap.params.folds import Folds
from mindgap.params.images import array_shape, image_of
from mindgap.params.run import RunSpec
from mindgap.params.sources import Source
from mindgap.params.sources.synthetic import Synthetic

SHAPES = {
    "breast_cancer": (569, 30),
    "diabetes": (442, 10),
    "digits": (1797, 64),
    "fashion_mnist": (60_000, 784),
    "mnist": (60_000, 784),
}
"""Rows, without test rows of their own, and features of sources that are always the same."""

FEATURES, VALUE = 32, 4
"""Of a file it is supposed that a row has so many features, and a value so many bytes."""

OUTPUTS = 10
"""A network is supposed to have so many outputs."""

STEP = 1 << 18
"""Multiply-adds that take as long as what a step needs beside its products, for each network of a population."""

SECOND = 15e9
"""Multiply-adds of a second of a core, as measured on digits and MNIST with float32, within a factor of two."""

FEWEST_JOBS, MOST_JOBS = 4, 256
"""Work is cut into about so many jobs at least, if they have enough to do, and so many at most, or twice as many."""

SECONDS = (0.1, 4.0)
"""What a job takes at least, or it would mostly begin and end, and at most, if a network does not take longer."""

MOST_NETWORKS = 64
"""Networks of a job; more of them leave the cache and gain nothing by it."""


class Shape(NamedTuple):
    """Rows to train on, and features, as far as they are known before data are read."""

    rows: int
    features: int
    image: tuple[int, int, int] | None = None


def shape_of(data: Source) -> Shape:
    """The shape of what a source gives to train on; that of a table is guessed from its file's size."""
    path, found, image = Path(getattr(data, "path", None) or ""), array_shape(data), image_of(data)
    if data.source in SHAPES:
        rows, features = SHAPES[data.source]
    elif isinstance(data, Synthetic):
        rows, features = data.rows, 2
    elif found:
        rows, features = found[0], prod(found[1:])
    else:
        rows, features = (path.stat().st_size if path.is_file() else 0) // (FEATURES * VALUE), FEATURES
    test = 1 / data.folds.folds if isinstance(data.folds, Folds) else data.test_fraction or 0
    left = int(rows * (1 - data.val_fraction - test))
    used = max(1, left if data.train_rows is None else min(left, data.train_rows))
    return Shape(used, features, None if image == "unknown" else image)


def multiply_adds(spec: RunSpec, shape: Shape, epochs: int) -> float:
    """The work of one training: three products a weight and row, one forward and two backward, and each step's own.

    Blocks of convolution count where the shape of the image is known. Raises UserError where they do not fit it.
    """
    model = spec.model if shape.image else spec.model.model_copy(update={"convolution": ()})
    weights = sum(model.architecture(shape.features, OUTPUTS, shape.image).multiply_adds)
    steps = -(-shape.rows // (spec.train.batch_size or shape.rows))
    return float(max(1, epochs) * (3 * weights * shape.rows + steps * STEP))


def networks_a_job(count: int, each: float) -> int:
    """How many of `count` networks one job trains, where a training has the work `each`; a power of two.

    So a few trainings more leave jobs as they are, and their results are found again.
    """
    least, most = (seconds * SECOND / each for seconds in SECONDS)
    size = min(max(ceil(count / FEWEST_JOBS), least), most, MOST_NETWORKS)
    return 1 << max(0, floor(log2(max(size, count / MOST_JOBS, 1))))
