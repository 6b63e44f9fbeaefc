"""Training on a prepared data set: what every stage does that trains networks."""

from collections.abc import Sequence
from pathlib import Path

from mindgap.data.prepared import Dataset, open_pixels, open_split
from mindgap.params.run import RunSpec
from mindgap.training.cohort import train_runs
from mindgap.training.progress import Progress
from mindgap.training.result import RunResult


def train_on(data: Path, specs: Sequence[RunSpec], title: str) -> list[RunResult]:
    """Train runs on the training rows in a prepared data set's folder; the results come in the order of the specs.

    The terminal tells under `title` how far they are.
    """
    train, val = open_split(data, "train"), open_split(data, "val")
    epochs = max((spec.train.epochs for spec in specs), default=1)
    with Progress(title, epochs, len({spec.cohort() for spec in specs})) as progress:
        return train_runs(specs, train, val, Dataset.read(data).outputs, progress.epoch, open_pixels(data))
