"""Metrics of a split, as claims name them: train_loss, val_accuracy."""

from typing import Annotated

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
