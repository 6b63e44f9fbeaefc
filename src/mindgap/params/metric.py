"""What claims name of histories: metrics of a split, such as train_loss, and what is read of any entry."""

from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator

from mindgap.metrics import METRICS


def metric_of(entry: str) -> str:
    """The metric of the entry of a split: of val_accuracy, accuracy."""
    return entry.removeprefix("train_").removeprefix("val_")


def of_split(entry: str) -> str:
    """An entry of a split's metric. Raises ValueError for any other."""
    allowed = [f"{split}_{metric}" for split in ("train", "val") for metric in METRICS]
    if entry not in allowed:
        raise ValueError(f"unknown name {entry!r}; there are: {', '.join(allowed)}")
    return entry


SplitMetric = Annotated[str, AfterValidator(of_split)]
"""The entry of a metric of training or of validation rows, of which it is known what is better."""


class Reading(NamedTuple):
    """What is read of a history: an entry of one number, or one of its layers, or each of these.

    `epoch` counts from 0, or from the last as -1; it may be the one whose weights are kept; None: all.
    """

    entry: str
    layer: int | Literal["each"] | None = None
    epoch: int | Literal["kept"] | None = None
