"""Names of model and train params; some lead into the blocks of convolution, as convolution2.pool.size does."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_OF_BLOCK = re.compile(r"convolution([1-9][0-9]*)\.([a-z.]+)")

Path = tuple[str | int, ...]


def path_of(name: str) -> Path:
    """Where a name leads among the params; blocks are counted from 1, as the layers that they make are."""
    found = _OF_BLOCK.fullmatch(name)
    return (name,) if found is None else ("convolution", int(found[1]) - 1, *found[2].split("."))


def value_at(content: Any, path: Path) -> Any:
    """The value at a path in plain params. Raises LookupError or TypeError where they have no such path."""
    for part in path:
        content = content[part]
    return content


def placed(content: Any, path: Path, value: Any) -> Any:
    """The same plain params with a value at a path, of which all but the end is there."""
    if not path:
        return value
    first, *rest = path
    inner = placed(content[first], tuple(rest), value) if rest else value
    if isinstance(content, Mapping):
        return {**content, first: inner}
    if isinstance(content, Sequence) and isinstance(first, int):
        return [*content[:first], inner, *content[first + 1 :]]
    raise TypeError(f"{content!r} has no {first!r}")
