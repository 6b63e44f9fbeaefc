"""Training of runs: those that can go together form a cohort, and each leaves it when its own time has come."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from mindgap.data.prepared import Pixels, Split
from mindgap.data.weighing import weights_of
from mindgap.nn.arrays import Array
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, Origin
from mindgap.training.augmentation import augmentation_of
from mindgap.training.batches import Batches, Rows, batch_size, fewest_rows
from mindgap.training.measure import measure, together
from mindgap.training.member import Member
from mindgap.training.monitors import watch
from mindgap.training.networks import initialize_runs, loss_of, origin_of, origins_of, population_of
from mindgap.training.result import RunResult
from mindgap.training.state import Begun
from mindgap.training.step import Watched, norms, stepper_of

WATCHED = 1024
"""Training rows on which the full monitors look inside."""

LARGE = 1 << 20
"""Values of a batch above which each origin's networks train apart: a batch for each would only fill memory."""

ENOUGH = 16
"""Networks up to which data sets are joined: more of them leave the cache, and gain nothing that one has not."""

T = TypeVar("T")

OnEpoch = Callable[[int, int], None]
"""Told the epoch that ended and how many networks go on."""


@dataclass(frozen=True, eq=False)
class Data:
    """What runs are trained on, and measured on beside; `pixels` says how rows are images, if they are."""

    train: Split
    val: Split
    outputs: int
    pixels: Pixels | None = None

    def shape(self) -> tuple[object, ...]:
        """What data must have in common for networks on them to be one population."""
        return self.train.x.shape, self.val.x.shape, self.outputs, self.train.y.dtype, self.image

    @property
    def image(self) -> tuple[int, int, int] | None:
        """(height, width, channels) of the images that rows are."""
        return None if self.pixels is None else self.pixels.shape


def train_runs(
    specs: Sequence[RunSpec],
    train: Split,
    val: Split,
    outputs: int,
    on_epoch: OnEpoch = lambda epoch, alive: None,
    pixels: Pixels | None = None,
) -> list[RunResult]:
    """Train runs on the same data, see `train_each`. Images may be augmented by `pixels`."""
    data = Data(train, val, outputs, pixels)
    return train_each([(data, spec) for spec in specs], on_epoch)


def train_each(
    runs: Sequence[tuple[Data, RunSpec]],
    on_epoch: OnEpoch = lambda epoch, alive: None,
    *,
    until: int | None = None,
    begun: Sequence[Begun] = (),
) -> list[RunResult]:
    """Train runs, each on its own data or on what it shares with others; the results come in their order.

    How the runs fall into cohorts, and so which others are trained, changes no bit of a run's result. Nor does how many
    threads BLAS has, which shape its sums: meanwhile it has one, in the whole process, as in a job of the workflow.

    Runs that are not at their end after the epoch `until` rest there, with a state from which others may go on: those
    that have `begun`, one a run. Where and how often a run rests changes no bit of it.
    """
    places = [_Place.of(data, spec, begun[number] if begun else None) for number, (data, spec) in enumerate(runs)]
    with threadpool_limits(1, user_api="blas"):
        for members in cohorts_of([(place.data, place.spec) for place in places], [place.moment() for place in places]):
            waiting = [[places[member] for member in members]]
            while waiting:  # those that switch their optimiser go on in cohorts of their own
                cohort = _Cohort(waiting.pop())
                waiting.extend(cohort.run(on_epoch, until))
    return [place.member.result() for place in places]


def cohorts_of(runs: Sequence[tuple[Data, RunSpec]], moments: Sequence[tuple[int, int]] = ()) -> list[list[int]]:
    """Which runs go together, by their numbers; in a cohort an origin has one data set: its networks share batches.

    Those that have begun are at the same of the `moments`, one a run.
    """
    groups: dict[tuple[object, ...], dict[Data, list[int]]] = {}
    known: dict[Origin, dict[Data, int]] = {}
    for number, (data, spec) in enumerate(runs):
        rows, features = data.train.x.shape
        large = batch_size(spec.train.batch_size, rows) * features > LARGE
        own = known.setdefault(origin_of(spec), {})
        turn = own.setdefault(data, len(own))
        moment = moments[number] if moments else None
        key = (*spec.cohort(), *data.shape(), turn, origin_of(spec) if large else None, moment)
        groups.setdefault(key, {}).setdefault(data, []).append(number)
    return [joined for group in groups.values() for joined in _join(group.values())]


def _join(parts: Iterable[list[int]]) -> list[list[int]]:
    """The runs of each data set with those of the next ones, while they are few."""
    joined: list[list[int]] = []
    for part in parts:
        if joined and len(joined[-1]) + len(part) <= ENOUGH:
            joined[-1].extend(part)
        else:
            joined.append(part)
    return joined


@dataclass
class _Place:
    """A run on its way: what it is to do, how far it is, and with which values (a row of its population) it goes on.

    So it does with what its optimiser remembers, `slots`, after so many `steps`; None after none.
    """

    spec: RunSpec
    data: Data
    member: Member
    epoch: int = 0
    values: Array = field(default_factory=lambda: np.empty(0, np.float32))
    steps: int = 0
    slots: Array | None = None
    switched: bool = False

    @classmethod
    def of(cls, data: Data, spec: RunSpec, begun: Begun | None) -> "_Place":
        """A run at its first epoch, or where it had got to."""
        place = cls(spec, data, Member(spec.train, begun))
        if begun is not None:
            state = begun.state
            if state.switched:
                place.change()
            place.epoch, place.values, place.steps, place.slots = state.epoch, state.values, state.steps, state.slots
        return place

    def moment(self) -> tuple[int, int]:
        """What runs must have in common to go on together."""
        return self.epoch, self.steps

    def switches(self) -> bool:
        """Whether this is the switch's epoch, or validation has stalled for too long."""
        switch = self.spec.train.switch
        if switch is None or self.epoch == 0:
            return False
        reached = switch.epoch is not None and self.epoch >= switch.epoch
        stalled = switch.patience is not None and self.member.stalled() >= switch.patience
        return reached or stalled

    def change(self) -> None:
        """Go on as after the switch, with an optimiser that remembers nothing."""
        switch = self.spec.train.switch
        if switch is None:
            raise ValueError("this run has no switch")
        rule = {"optimizer": switch.optimizer, "momentum": switch.momentum}
        self.spec = self.spec.vary({**rule, "learning_rate": self.spec.train.switch_learning_rate, "switch": None})
        self.steps, self.slots, self.switched = 0, None, True


class _Cohort:
    """Runs that share architecture, batch size, optimiser, epoch and shape of data, trained as one population."""

    def __init__(self, places: list[_Place]) -> None:
        self._places = places
        self._first = places[0].spec
        self._full = self._first.train.monitors == "full"
        self._populate()
        if places[0].epoch == 0:
            initialize_runs(self._population, [place.spec for place in places])
        else:
            self._population.values[:] = np.stack([place.values for place in places])
            self._stepper.steps = places[0].steps
            for row, place in enumerate(places):
                if place.slots is not None:
                    self._stepper.state[:, row] = place.slots

    def _populate(self) -> None:
        specs = [place.spec for place in self._places]
        data = _shared([place.data for place in self._places])
        self._train, self._val = [own.train for own in data], [own.val for own in data]
        self._loss, self._origins = loss_of(specs), origins_of(specs)
        asked, fewest = self._first.train.batch_size, fewest_rows(self._first.model)
        by_origin = _shared([*{origin_of(place.spec): place.data for place in self._places}.values()])
        rows = [
            replace(
                Rows.of(own.train.x, own.train.y, weights_of(own.train, self._first.train.class_weight)),
                augment=augmentation_of(self._first.train.augment, own.pixels),
            )
            for own in by_origin
        ]
        self._batches = Batches(rows, asked, self._origins, fewest)
        features, outputs = data[0].train.x.shape[1], data[0].outputs
        self._population = population_of(specs, features, outputs, self._batches.size, image=data[0].image)
        self._stepper = stepper_of(specs, self._population, self._loss, self._batches.steps)
        self._stepper.scheduled = self._places[0].epoch * self._batches.steps  # after a switch the schedule goes on

    def run(self, on_epoch: OnEpoch, until: int | None) -> list[list[_Place]]:
        """Train all runs to their ends, to their switch or to where they rest.

        Those that switch come back by their next cohort.
        """
        switched: dict[tuple[object, ...], list[_Place]] = {}
        shape = (len(self._places), len(self._population.architecture.shapes))
        nothing = np.full(shape, np.nan)
        seen = Watched(nothing, nothing, nothing[:, :0])
        begin, end = self._places[0].epoch, self._first.train.epochs
        for epoch in range(begin, (end if until is None else min(until, end)) + 1):
            with np.errstate(all="ignore"):  # a network that overflows is found by its loss
                if epoch > begin:
                    seen = self._train_epoch(epoch)
                elif epoch == 0 and self._full:
                    seen = self._look()
                if epoch > begin or epoch == 0:
                    self._record(seen)
            staying = []
            for row, place in enumerate(self._places):
                place.epoch = epoch
                if (epoch > begin or epoch == 0) and place.member.ends(epoch, end, self._population.values[row]):
                    continue
                if epoch > begin and place.switches():
                    place.values = self._population.values[row].copy()
                    place.change()
                    switched.setdefault((epoch, *place.spec.cohort()), []).append(place)
                    continue
                staying.append(row)
            on_epoch(epoch, len(staying))
            if not staying:
                break
            if len(staying) < len(self._places):
                self._keep(staying)
        else:
            self._rest()
        return list(switched.values())

    def _rest(self) -> None:
        """Let all runs rest that are still on their way."""
        for row, place in enumerate(self._places):
            values, slots = self._population.values[row].copy(), self._stepper.state[:, row].copy()
            place.member.rest(place.epoch, self._stepper.steps, place.switched, values, slots)

    def _look(self) -> Watched:
        """What is seen of the first batch of epoch 1, without a step; nothing that training needs is changed."""
        before = self._population.values.copy()  # of which a batch moves the averages
        self._population.begin_epoch()
        batch = next(self._batches.epoch(1))
        draws = EpochDraws(self._origins, epoch=1)
        seen = self._stepper.look(batch.x, batch.targets, draws, batch.weights, thorough=True)
        self._population.values[:] = before
        return seen

    def _train_epoch(self, epoch: int) -> Watched:
        """Step through all rows in a fresh order; what is seen of the last full batch's step."""
        draws = EpochDraws(self._origins, epoch=epoch)
        self._population.begin_epoch()
        for number, batch in enumerate(self._batches.epoch(epoch), start=1):
            if number == self._batches.full:
                watched = self._stepper.watched_step(batch.x, batch.targets, draws, batch.weights, thorough=self._full)
            else:
                self._stepper.step(batch.x, batch.targets, draws, batch.weights)
        return watched

    def _record(self, seen: Watched) -> None:
        full = self._full
        train, val = (
            measure(self._population, split, self._loss, thorough=full, asked=self._first.train.measured)
            for split in (self._train, self._val)
        )
        weights = np.stack([norms(layer) for layer, _ in self._population.architecture.layers(self._population.values)])
        inside = self._watched() if full else [{} for _ in self._places]
        penalties = self._stepper.penalties() if full else np.zeros(len(self._places))
        for row, place in enumerate(self._places):
            place.member.history.add(
                {
                    **{f"train_{metric}": values[row] for metric, values in train.metrics.items()},
                    **{f"val_{metric}": values[row] for metric, values in val.metrics.items()},
                    "update_ratio": seen.update_ratio[row],
                    "gradient_norm": seen.gradient_norm[row],
                    "weight_norm": weights[:, row],
                    "flat": train.flat[row],
                    "dead": train.dead[row],
                    **inside[row],
                }
            )
            if full:
                objective = train.metrics["loss"][row] + penalties[row]
                place.member.history.add({"backprop_std": seen.backprop_std[row], "objective": objective})

    def _watched(self) -> list[dict[str, Any]]:
        """What is seen inside of the networks on the first training rows."""
        x, y = [split.x[:WATCHED] for split in self._train], together([split.y[:WATCHED] for split in self._train])
        return watch(self._population, x, y, self._loss)

    def _keep(self, rows: Sequence[int]) -> None:
        """Let all but the given rows go; those that stay notice nothing."""
        values, state = self._population.values[rows], self._stepper.state[:, rows]
        steps, scheduled = self._stepper.steps, self._stepper.scheduled
        self._places = [self._places[row] for row in rows]
        del self._population, self._stepper  # whose memory is needed for what follows
        self._populate()
        self._population.values[:], self._stepper.state[:] = values, state
        self._stepper.steps, self._stepper.scheduled = steps, scheduled


def _shared(items: list[T]) -> list[T]:
    """One item alone, if all are the same."""
    return items[:1] if all(item is items[0] for item in items) else items
