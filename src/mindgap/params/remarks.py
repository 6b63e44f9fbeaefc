"""Remarks: what a run's params say that will have no effect, one sentence each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.nn.schedules import SCHEDULES
from mindgap.params.alternatives import alternatives
from mindgap.params.run import FIELDS, Model, RunSpec
from mindgap.registry import Registry

REGISTRIES: dict[str, Registry[Any]] = {
    "activation": ACTIVATIONS,
    "init": INITIALIZERS,
    "normalization": NORMALIZATIONS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
"""The components that params name, by these params."""


def remarks(
    run: RunSpec, searched: Collection[str] = (), choices: Mapping[str, Sequence[Any]] | None = None
) -> list[str]:
    """A sentence for each model or train param that was set to another value than its default, or is `searched`, though
    nothing uses it; and for each without which an optimiser is only another one.

    `choices` are the alternatives of params of which the search names some, such as {"loss": ["hinge", "mse"]}; what
    any of them uses is used.
    """
    choices = choices or {}
    runs = alternatives(run, choices)
    idle = set(FIELDS).difference(*(alternative.used() for alternative in runs))
    linear = not any(alternative.model.layers for alternative in runs)
    found = []
    for name in (name for name in FIELDS if name in idle):
        block = run.model if name in Model.model_fields else run.train
        value = getattr(block, name)
        if name in searched:
            said = "searching it"
        elif name in block.model_fields_set and value != FIELDS[name].default:
            said = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        else:
            continue
        reason = _reason(name, run, choices, linear)
        found.append(f"{_path(name)}: {said} has no effect: {reason}")
    return found + list(_half_used(runs, searched))


def _reason(name: str, run: RunSpec, choices: Mapping[str, Sequence[Any]], linear: bool) -> str:
    """Who would use the param, and what there is instead."""
    if name == "switch_learning_rate":
        return "switch is null"
    if name in ("convolution", "channel_dropout"):
        return "blocks of convolution use it, and convolution has none"
    users = {
        kind: [user for user, component in registry.items() if name in component.settings]
        for kind, registry in REGISTRIES.items()
    }
    if name == "normalization_place":
        users["normalization"] = list(NORMALIZATIONS)
    of_layers = name in ("activation", "normalization") or users["activation"] or users["normalization"]
    if name == "dropout" or (linear and of_layers):
        return "hidden layers use it, and hidden has none"
    kind, names = next((kind, names) for kind, names in users.items() if names)
    own = getattr(run.model if kind in Model.model_fields else run.train, kind)
    there = " or ".join(str(choice) for choice in choices.get(kind, [own]))
    return f"{_listed(names)} {'uses' if len(names) == 1 else 'use'} it, and {kind} is {there}"


def _half_used(runs: Sequence[RunSpec], searched: Collection[str]) -> Iterator[str]:
    """Optimisers that lack what makes them more than those that they are derived from."""
    pairs = [(run, run.train.optimizer) for run in runs]
    pairs += [(run, run.train.switch.optimizer) for run in runs if run.train.switch is not None]
    lacking = {
        f"{_path(name)}: 0 makes {optimizer} plain {_parent(OPTIMIZERS[optimizer])}; {usual:g} is usual"
        for run, optimizer in pairs
        for name, usual in OPTIMIZERS[optimizer].usual.items()
        if getattr(run.train, name) == 0 and name not in searched
    }
    return iter(sorted(lacking))


def _parent(component: type) -> str:
    """The name of the component that this one is derived from: that of its file."""
    return component.__bases__[0].__module__.rpartition(".")[2]


def _path(name: str) -> str:
    return f"{'model' if name in Model.model_fields else 'train'}.{name}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
