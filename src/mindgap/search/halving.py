"""Successive halving: which trials go on (Jamieson and Talwalkar 2016, of whose arms a trial is one)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from mindgap.results.rung import Halved, Rung
from mindgap.search.ranking import Scored, rank


class Trained(Scored, Protocol):
    """What can be ranked and has a history, an entry an epoch from epoch 0 on."""

    @property
    def history(self) -> Mapping[str, Sequence[object]]: ...


def halved(
    before: Halved | None, trials: Sequence[Trained], epochs: int, go_on: int, objective: str, *, comparable: bool
) -> Halved:
    """What follows from the trials of a rung, which have trained up to `epochs`, if they did not end before.

    Those that are not of it rank after all that are, as they did before; at most `go_on` of its own go on.
    """
    own = rank(trials, objective, comparable=comparable)
    passed = {trial.number for trial in trials}
    begun = before.rungs[-1].epochs if before else 0
    spent = sum(max(0, len(trial.history["val_loss"]) - 1 - begun) for trial in trials)
    values = {trial.number: trial.value for trial in trials}
    rung = Rung(len(trials), epochs, spent, values[own[0]] if own else None)
    rest = [number for number in (before.ranking if before else ()) if number not in passed]
    return Halved((*(before.rungs if before else ()), rung), (*own, *rest), tuple(own[:go_on]))
