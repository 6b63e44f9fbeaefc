"""Comparable losses: whether the losses of several runs measure the same thing."""

from collections.abc import Mapping
from typing import Any

from mindgap.nn.losses import LOSSES


def losses_compare(train: Mapping[str, Any]) -> bool:
    """Whether runs that share these train params mean the same by their loss: it and its settings are among them."""
    return "loss" in train and all(name in train for name in LOSSES[train["loss"]].settings)
