"""Training on a prepared data set: what every stage does that trains networks."""

from collections.abc import Sequence
from pathlib import Path

from mindgap.data.prepared import Dataset, open_pixels, open_split, variant
from mindgap.params.run import RunSpec
from mindgap.training.cohort import Data, cohorts_of, train_each
from mindgap.training.progress import Progress
from mindgap.training.result import RunResult
from mindgap.training.state import Begun


def train_on(
    data: Path, specs: Sequence[RunSpec], title: str, *, until: int | None = None, begun: Sequence[Begun] = ()
) -> list[RunResult]:
    """Train runs on the training rows in a prepared data set's folder; the results come in the order of the specs.

    The terminal tells under `title` how far they are. They rest after the epoch `until`, and go on from where they have
    `begun`, see `train_each`.
    """
    return train_on_each([(data, spec) for spec in specs], title, until=until, begun=begun)


def train_on_each(
    runs: Sequence[tuple[Path, RunSpec]], title: str, *, until: int | None = None, begun: Sequence[Begun] = ()
) -> list[RunResult]:
    """The same for runs of which each names the folder of its own prepared data set, or of one that has its variant."""
    folders = [variant(folder, spec.preprocess.transform) for folder, spec in runs]
    data = {folder: _open(folder) for folder in folders}
    opened = [(data[folder], spec) for folder, (_, spec) in zip(folders, runs, strict=True)]
    epochs = until or max((spec.train.epochs for _, spec in runs), default=1)
    with Progress(title, epochs, len(cohorts_of(opened))) as progress:
        return train_each(opened, progress.epoch, until=until, begun=begun)


def _open(folder: Path) -> Data:
    return Data(
        open_split(folder, "train"), open_split(folder, "val"), Dataset.read(folder).outputs, open_pixels(folder)
    )
