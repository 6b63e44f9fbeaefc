"""Histories of a claim's arms, known before anything is trained, and what measures and pictures ask of them."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from mindgap.claims.measures import measure_of
from mindgap.claims.probes import Probe
from mindgap.claims.simulations import Simulation
from mindgap.errors import UserError
from mindgap.params.claim import Claim
from mindgap.params.metric import Reading
from mindgap.params.pictures import BestSoFar, Picture, Points, Values
from mindgap.params.run import RunSpec
from mindgap.params.search import Categorical, Range
from mindgap.tasks import Task
from mindgap.training.entries import entries_of


class Entry(NamedTuple):
    """What a history has by epoch: so many layers, None where it is one number; and its last epoch, from 0."""

    layers: int | None
    last: int

    def beside(self, other: "Entry") -> "Entry":
        """What either has: the most layers, and the last epoch of both."""
        layers = None if self.layers is None or other.layers is None else max(self.layers, other.layers)
        return Entry(layers, max(self.last, other.last))


History = Mapping[str, Entry]
"""The entries that are numbers, by name."""


def history_of(runs: Iterable[RunSpec], task: Task, probes: Sequence[Probe]) -> History:
    """What any of an arm's runs will have if it trains all of its epochs; what probes find has one epoch."""
    found: dict[str, Entry] = {}
    for run in runs:
        each = [(entries_of(run, task), run.train.epochs), *((probe.finds(run), 0) for probe in probes)]
        for own, last in each:
            for name, layers in own.items():
                entry = Entry(layers, last)
                found[name] = entry.beside(found.get(name, entry))
    return found


def simulated_history(simulations: Sequence[Simulation]) -> History:
    """What any of an arm's simulations will have: a setting `steps` is how many follow the first entry, or none do."""
    last = max(int(getattr(simulation, "steps", 0)) for simulation in simulations)
    return {name: Entry(layers, last) for name, layers in simulations[0].finds.items()}


Space = Mapping[str, Range]
"""What an arm searches, by name."""


def check_measures(
    claim: Claim, histories: Mapping[tuple[str, str], History], spaces: Mapping[tuple[str, str], Space]
) -> None:
    """Raises UserError where a prediction's measure reads what an arm will not have.

    `histories`, and the `spaces` of arms that are searches, are by task and arm.
    """
    for prediction, measure in zip(claim.predict, claim.measures(), strict=True):
        wanted = measure_of(measure)
        for task in prediction.tasks or claim.tasks:
            for arm in claim.arms:
                points = [*claim.over, *spaces.get((task, arm), ())]
                fault = _fault(histories[task, arm], wanted.reads()) or _no_point(points, wanted.points())
                if fault:
                    (name,) = measure
                    raise UserError(f"claim {claim.claim}: measure.{name}: task {task}, arm {arm}: {fault}")


def _no_point(there: Sequence[str], wanted: Sequence[str]) -> str | None:
    for name in wanted:
        if name not in there:
            return f"{name} is neither searched nor swept; there are: {', '.join(there) or 'none'}"
    return None


def check_picture(claim: Claim, name: str, picture: Picture, histories: Mapping[tuple[str, str], History]) -> None:
    """Raises UserError where a picture is of a task, prediction or sweep that is not there, or reads what no arm will
    have.
    """
    place, wanted = f"claim {claim.claim}: picture.{name}", getattr(picture, "task", None)
    if wanted is not None and wanted not in claim.tasks:
        raise UserError(f"{place}.task: there is no task {wanted!r}; there are: {', '.join(claim.tasks)}")
    if picture.swept not in (None, len(claim.over)):
        swept = f"{picture.swept} param{'s' * (picture.swept != 1)}"
        raise UserError(f"{place}: it is of a sweep over {swept} (found over: {', '.join(claim.over) or 'nothing'})")
    reads: Sequence[Reading] = picture.reads()
    if isinstance(picture, Values):
        if picture.prediction >= len(claim.predict):
            raise UserError(f"{place}.prediction: from 0 to {len(claim.predict) - 1} (found {picture.prediction})")
        reads = [] if picture.measure is None else measure_of(picture.measure).reads()
    faults = [_fault(history, reads) for (task, _), history in histories.items() if wanted in (None, task)]
    if all(faults):
        raise UserError(f"{place}: {faults[0]}")


def check_trials(claim: Claim, name: str, picture: BestSoFar | Points, spaces: Mapping[tuple[str, str], Space]) -> None:
    """Raises UserError where no arm is a search, or none has ranges of what a picture of trials is over.

    `spaces` are those of arms that are searches, by task and arm.
    """
    place, wanted = f"claim {claim.claim}: picture.{name}", getattr(picture, "task", None)
    there = [space for (task, _), space in spaces.items() if wanted in (None, task)]
    if not there:
        raise UserError(f"{place}: no arm is a search{f' on {wanted}' if wanted else ''}")
    if not isinstance(picture, Points):
        return
    for param in picture.params:
        if any(isinstance(space.get(param), Categorical) for space in there):
            raise UserError(f"{place}.params: {param} has choices, and the picture is of ranges")
    if not any(set(picture.params) <= set(space) for space in there):
        named = ", ".join(dict.fromkeys(param for space in there for param in space))
        raise UserError(f"{place}.params: no arm searches {' and '.join(picture.params)}; there are: {named}")


def _fault(history: History, reads: Sequence[Reading]) -> str | None:
    """What is wrong with reading these of a history; None if nothing is."""
    if fault := next(filter(None, (_wrong(history, reading) for reading in reads)), None):
        return fault
    whole = {history[entry].last: entry for entry, _, epoch in reads if epoch is None}
    if len(whole) > 1:
        return f"they have other epochs: {', '.join(f'{entry} from 0 to {last}' for last, entry in whole.items())}"
    return None


def _wrong(history: History, reading: Reading) -> str | None:
    entry, layer, epoch = reading
    if entry not in history:
        close = get_close_matches(entry, history, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(history))}"
        more = " (train.monitors: full has more)" if "val_loss" in history and "sparsity" not in history else ""
        return f"there will be no {entry!r}; {hint}{more}"
    layers, last = history[entry]
    return _no_layer(entry, layers, layer) or _no_epoch(entry, last, epoch, max(own.last for own in history.values()))


def _no_layer(entry: str, layers: int | None, layer: int | str | None) -> str | None:
    if layers is None:
        return None if layer is None else f"{entry} is one number, not one by layer"
    if not layers:
        return f"{entry} is by layer, and there is none"
    if layer is None:
        return f"{entry} is by layer; give a layer, from 0 to {layers - 1}"
    if isinstance(layer, int) and not -layers <= layer < layers:
        return f"{entry} has layers from 0 to {layers - 1}, and none of the number {layer}"
    return None


def _no_epoch(entry: str, last: int, epoch: int | str | None, trained: int) -> str | None:
    """What is asked of an epoch that an entry does not have, `trained` being the last one of the training."""
    if epoch == "kept" and last < trained:
        return f"{entry} is found once, after training; give epoch: -1"
    if isinstance(epoch, int) and not -last - 1 <= epoch <= last:
        return f"{entry} has epochs from 0 to {last}, and none of the number {epoch}"
    return None
