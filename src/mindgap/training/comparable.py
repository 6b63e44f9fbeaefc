"""Comparable losses: whether the losses of several runs measure the same thing."""

from collections.abc import Mapping
from typing import Any

from mindgap.params.run import loss_params


def losses_compare(train: Mapping[str, Any]) -> bool:
    """Whether runs that share these train params mean the same by their loss: it and its settings are among them."""
    return "loss" in train and loss_params(train["loss"]) <= train.keys()
