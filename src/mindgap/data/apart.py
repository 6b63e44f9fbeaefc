"""Splits that a column decides: rows of a group stay together, or the past trains and the future tests."""

import numpy as np
from numpy.typing import NDArray

from mindgap.data.raw import Apart, Raw
from mindgap.errors import UserError
from mindgap.streams import stream
from mindgap.words import words

Rows = NDArray[np.int64]

_OFF = 0.5
"""A split may have so much more or less of the rows that were asked for, as a share of them."""


def split_apart(raw: Raw, apart: Apart, fractions: dict[str, float], seed: int, part: int = 0) -> dict[str, Rows]:
    """The rows of each split, in random order, of about these shares; a source's own test rows are not among them.

    By time, the rows stand in its order, and rows of the same time in the same split: the first for training, then
    those for validation, then those for the test. By groups, the largest group goes first, and each to the split by
    which the shares of rows (of each class, where there are classes) come closest to those asked for, in the least
    squares; equally large groups go in random order. Raises UserError where a split would be without a row, without a
    class (but for the test), or of half as many rows as asked for, and where given test rows are of groups or times
    that the others have.
    """
    own = len(raw.y) - raw.test_rows
    _refuse_shared(raw, apart, own)
    generator = stream("split", seed=seed, part=part)
    make = _by_time if apart.kind == "time" else by_group
    places = make(raw, apart, fractions, generator)
    rows = {name: generator.permutation(np.flatnonzero(places == place)) for place, name in enumerate(fractions)}
    for name, share in fractions.items():
        refuse_off(raw, apart, name, rows[name], share * own)
    return rows


def _by_time(raw: Raw, apart: Apart, fractions: dict[str, float], generator: np.random.Generator) -> Rows:
    """For each row the place of its split among `fractions`, which are in the order of time."""
    values = apart.values[: len(raw.y) - raw.test_rows]
    times, counts = np.unique(values, return_counts=True)
    if len(times) < len(fractions):
        raise UserError(
            f"{raw.origin}: data.time: column {apart.name!r} holds too few times, {len(times)}; "
            f"{len(fractions)} are needed, one for each split. Split without data.time."
        )
    ends = np.cumsum(counts)
    wanted = np.cumsum(list(fractions.values()))[:-1] * len(values)
    # The end of a time that is nearest to the wanted end of a split; each split has one time at least.
    cuts = list[int]()
    for place, end in enumerate(wanted):
        low, high = (cuts[-1] + 1 if cuts else 0), len(times) - len(wanted) + place
        cuts.append(low + int(np.argmin(np.abs(ends[low:high] - end))))
    found: Rows = np.searchsorted(times[cuts], values, side="left")
    return found


def by_group(raw: Raw, apart: Apart, fractions: dict[str, float], generator: np.random.Generator) -> Rows:
    """For each row the place of its split among `fractions`, see `split_apart`."""
    own = len(raw.y) - raw.test_rows
    groups, group = np.unique(apart.values[:own], return_inverse=True)
    if len(groups) < len(fractions):
        raise UserError(
            f"{raw.origin}: data.group: column {apart.name!r} holds too few groups, {len(groups)}; "
            f"{len(fractions)} are needed, one for each split. Split without data.group."
        )
    classes = max(1, len(raw.classes))
    labels = raw.y[:own].astype(np.int64) if raw.classes else np.zeros(own, np.int64)
    counts = np.bincount(group * classes + labels, minlength=len(groups) * classes).reshape(len(groups), classes)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    left = np.repeat(np.array(list(fractions.values()))[:, None], classes, axis=1)
    place = np.empty(len(groups), np.int64)
    drawn = generator.permutation(len(groups))
    for number in drawn[np.argsort(-counts.sum(axis=1)[drawn], kind="stable")]:
        # Of |left - share|^2 - |left|^2, what depends on the split.
        place[number] = np.argmax(left @ shares[number])
        left[place[number]] -= shares[number]
    found: Rows = place[group]
    return found


def refuse_off(raw: Raw, apart: Apart, name: str, rows: Rows, wanted: float) -> None:
    """UserError for a split of half as many rows as wanted, or half as many more, or without a class."""
    key = f"data.{apart.kind}"
    if abs(len(rows) - wanted) > max(1.0, _OFF * wanted) or not len(rows):
        values, counts = np.unique(apart.values[: len(raw.y) - raw.test_rows], return_counts=True)
        largest = apart.written(float(values[np.argmax(counts)]))
        raise UserError(
            f"{raw.origin}: {key}: by column {apart.name!r} the {_SPLITS[name]} split would have {len(rows)} rows "
            f"where about {wanted:.0f} were asked for; {largest} alone has {counts.max()} rows. Write other "
            f"fractions, or split without {key}."
        )
    if raw.classes and name != "test":
        lacking = np.flatnonzero(np.bincount(raw.y[rows], minlength=len(raw.classes)) == 0)
        if len(lacking):
            raise UserError(
                f"{raw.origin}: {key}: by column {apart.name!r} the {_SPLITS[name]} split has no row of class "
                f"{raw.classes[lacking[0]]!r}. Merge or remove the class, write other fractions, or split without "
                f"{key}."
            )


def _refuse_shared(raw: Raw, apart: Apart, own: int) -> None:
    """UserError for test rows of the source that are not apart from the others."""
    given, others = apart.values[own:], apart.values[:own]
    if not len(given):
        return
    if apart.kind == "group":
        shared = np.intersect1d(given, others)
        if len(shared):
            raise UserError(
                f"{raw.origin}: data.group: {apart.written(float(shared[0]))}{_more(len(shared))} of column "
                f"{apart.name!r} in the test file and in the other. Move the rows of a group into one of them."
            )
    elif given.min() <= others.max():
        raise UserError(
            f"{raw.origin}: data.time: the test file begins at {apart.written(float(given.min()))} of column "
            f"{apart.name!r}, but the other goes on until {apart.written(float(others.max()))}. Test rows must be "
            "later."
        )


def _more(count: int) -> str:
    return words(" is" if count == 1 else f" and {count - 1} more are")


_SPLITS = words({"train": "training", "val": "validation", "test": "test"})
