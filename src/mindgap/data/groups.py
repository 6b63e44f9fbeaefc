"""Groups of classes that become one class each, and which of two classes is the second."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain

import numpy as np

from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.words import words

_SHOWN = 20


def merge_classes(raw: Raw, groups: Sequence[Sequence[str]]) -> Raw:
    """The same rows with each group as one class, by all its names, in the place of the first; others stay as they are.

    Raises UserError for a name that no class has, for groups that leave one class, and for a name that another class
    has already.
    """
    for name in chain.from_iterable(groups):
        if name not in raw.classes:
            near = get_close_matches(name, raw.classes, 1)
            there = f"{', '.join(raw.classes[:_SHOWN])}{' ...' if len(raw.classes) > _SHOWN else ''}"
            hint = words(f" Did you mean {near[0]!r}?" if near else "")
            raise UserError(f"{raw.origin}: data.merge: there is no class {name!r}.{hint} There are: {there}.")
    joined = {name: ", ".join(group) for group in groups for name in group}
    named = [joined.get(name, name) for name in raw.classes]
    classes = tuple(dict.fromkeys(named))
    if len(classes) < len(raw.classes) - sum(len(group) - 1 for group in groups):
        raise UserError(f"{raw.origin}: data.merge makes two classes of the same name. Give the source other names.")
    if len(classes) < 2:
        raise UserError(f"{raw.origin}: data.merge leaves one class, {classes[0]!r}; at least two are needed.")
    places = np.array([classes.index(name) for name in named], dtype=np.int64)
    return replace(raw, y=places[raw.y], classes=classes)


def with_positive(raw: Raw, name: str) -> Raw:
    """The same rows of two classes with the class of this name as the second.

    Raises UserError for a name that no class has, and where there are not two.
    """
    if len(raw.classes) != 2:
        raise UserError(
            f"{raw.origin}: data.positive is of two classes, and there are {len(raw.classes)}. Leave it out."
        )
    if name not in raw.classes:
        raise UserError(
            f"{raw.origin}: data.positive: there is no class {name!r}. There are: {' and '.join(raw.classes)}."
        )
    if raw.classes[1] == name:
        return raw
    return replace(raw, y=1 - raw.y, classes=raw.classes[::-1])
