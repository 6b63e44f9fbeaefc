"""Histories of a claim's arms, known before anything is trained, and what measures and pictures ask of them."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from mindgap.claims.measures import measure_of
from mindgap.claims.probes import Probe
from mindgap.errors import UserError
from mindgap.params.claim import Claim
from mindgap.params.pictures import Picture, Reading, Values
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.training.entries import entries_of

History = Mapping[str, int | None]
"""The names of entries that are numbers: how many a layer has each, None for those that are one."""


def history_of(runs: Iterable[RunSpec], task: Task, probes: Sequence[Probe]) -> History:
    """What any of an arm's runs will have, of those by layer the most layers."""
    found: dict[str, int | None] = {}
    for run in runs:
        for own in (entries_of(run, task), *(probe.finds(run) for probe in probes)):
            for name, layers in own.items():
                found[name] = None if layers is None else max(found.get(name) or 0, layers)
    return found


def check_measures(claim: Claim, histories: Mapping[tuple[str, str], History]) -> None:
    """Raises UserError where a prediction's measure reads what an arm will not have, `histories` by task and arm."""
    for prediction, measure in zip(claim.predict, claim.measures(), strict=True):
        for task in prediction.tasks or claim.tasks:
            for arm in claim.arms:
                if fault := _fault(histories[task, arm], measure_of(measure).reads()):
                    (name,) = measure
                    raise UserError(f"claim {claim.claim}: measure.{name}: task {task}, arm {arm}: {fault}")


def check_picture(claim: Claim, name: str, picture: Picture, histories: Mapping[tuple[str, str], History]) -> None:
    """Raises UserError where a picture is of a task or prediction that is not there, or reads what no arm will have."""
    place, wanted = f"claim {claim.claim}: picture.{name}", getattr(picture, "task", None)
    if wanted is not None and wanted not in claim.tasks:
        raise UserError(f"{place}.task: there is no task {wanted!r}; there are: {', '.join(claim.tasks)}")
    reads: Sequence[Reading] = picture.reads()
    if isinstance(picture, Values):
        if picture.prediction >= len(claim.predict):
            raise UserError(f"{place}.prediction: from 0 to {len(claim.predict) - 1} (found {picture.prediction})")
        reads = [] if picture.measure is None else measure_of(picture.measure).reads()
    faults = [_fault(history, reads) for (task, _), history in histories.items() if wanted in (None, task)]
    if all(faults):
        raise UserError(f"{place}: {faults[0]}")


def _fault(history: History, reads: Iterable[Reading]) -> str | None:
    """What is wrong with reading these of a history; None if nothing is."""
    return next(filter(None, (_wrong(history, *reading) for reading in reads)), None)


def _wrong(history: History, entry: str, layer: int | str | None) -> str | None:
    if entry not in history:
        close = get_close_matches(entry, history, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(history))}"
        more = " (train.monitors: full has more)" if "val_loss" in history and "sparsity" not in history else ""
        return f"there will be no {entry!r}; {hint}{more}"
    layers = history[entry]
    if layers is None:
        return None if layer is None else f"{entry} is one number, not one by layer"
    if not layers:
        return f"{entry} is by layer, and there is none"
    if layer is None:
        return f"{entry} is by layer; give a layer, from 0 to {layers - 1}"
    if isinstance(layer, int) and not -layers <= layer < layers:
        return f"{entry} has layers from 0 to {layers - 1}, and none of the number {layer}"
    return None
