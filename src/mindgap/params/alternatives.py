"""Alternatives: what the choices of a search may make of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from mindgap.params.run import Model, RunSpec, Train, blocks_of


def alternatives(run: RunSpec, choices: Mapping[str, Sequence[Any]]) -> list[RunSpec]:
    """The run with the first of all choices, and with each choice of each param in turn; not validated."""
    layers = [hidden for hidden in choices.get("hidden", ()) if hidden]
    first = {name: values[0] for name, values in choices.items() if values}
    base = _varied(run, first | ({"hidden": layers[0]} if layers else {}))
    return [base, *(_varied(base, {name: value}) for name, values in choices.items() for value in values)]


def used_by(run: RunSpec, choices: Mapping[str, Sequence[Any]]) -> set[str]:
    """The model and train params that have an effect in any of these."""
    return set().union(*(other.used() for other in alternatives(run, choices)))


def _varied(run: RunSpec, values: Mapping[str, Any]) -> RunSpec:
    model = {name: value for name, value in values.items() if name in Model.model_fields}
    train = {name: value for name, value in values.items() if name in Train.model_fields}
    own = {**model, "convolution": blocks_of(run.model, values)}
    blocks = {"model": run.model.model_copy(update=own), "train": run.train.model_copy(update=train)}
    return run.model_copy(update=blocks)
