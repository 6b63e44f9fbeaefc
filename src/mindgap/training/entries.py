"""Entries: what the history of a run will have, known before anything is trained; see `mindgap.training.result`."""

from typing import Any

from mindgap.metrics import METRICS
from mindgap.nn.losses import LOSSES
from mindgap.params.run import RunSpec
from mindgap.tasks import Task


def entries_of(spec: RunSpec, task: Task) -> dict[str, int | None]:
    """The names of all entries that are numbers: how many a layer has each, None for those that are one an epoch.

    What is by layer and no number, such as histograms, is not among them.
    """
    full, hidden = spec.train.monitors == "full", spec.model.layers
    loss: Any = LOSSES[spec.train.loss]  # what metrics ask of a loss, its class says
    asked = spec.train.measured
    metrics = [
        name
        for name in task.metrics
        if METRICS[name].applies(loss)
        and (name in asked or ((full or not METRICS[name].thorough) and not METRICS[name].final))
    ]
    found: dict[str, int | None] = {f"{split}_{name}": None for split in ("train", "val") for name in metrics}
    found |= dict.fromkeys(("update_ratio", "gradient_norm", "weight_norm"), hidden + 1)
    found |= dict.fromkeys(("flat", "dead"), hidden)
    if full:
        found |= dict.fromkeys(("activation_mean", "activation_std", "copies", "backprop_std"), hidden)
        found |= {"sparsity": hidden + 1, "objective": None}
        found |= dict.fromkeys(("pull", "settled"), None) if task.name == "classification" else {}
    return found
