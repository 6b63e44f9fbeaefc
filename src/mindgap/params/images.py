"""Images: what the rows of a source are, as far as it can be told before they are read, and what does not fit them."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, Literal

from mindgap.nn.architecture import UnfitBlocks, passages
from mindgap.params.run import blocks_of, left_by
from mindgap.params.search import Categorical, IntegerRange, Search
from mindgap.params.sources import Source
from mindgap.params.study import Study
from mindgap.store.documents import read_header

IMAGES = {"digits": (8, 8, 1), "fashion_mnist": (28, 28, 1), "mnist": (28, 28, 1)}
"""(height, width, channels) of sources that are always the same images."""

_UNREADABLE = (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)

Image = tuple[int, int, int]
Fault = tuple[list[str | int], str]


def array_shape(data: Source) -> tuple[int, ...] | None:
    """The shape of the array x that a source of arrays has, from its header; None for others, and for broken files."""
    path = getattr(data, "path", None)
    if data.source != "npz" or path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            if path.endswith(".npy"):
                return read_header(file)[0]
            with zipfile.ZipFile(file) as archive, archive.open("x.npy") as content:
                return read_header(content)[0]
    except _UNREADABLE:  # what is wrong with a file, its reader says
        return None


def image_of(data: Source) -> Image | Literal["unknown"] | None:
    """(height, width, channels) of the images that a source's rows are, None where they are none."""
    if data.source != "npz":
        return IMAGES.get(data.source)
    shape = array_shape(data)
    if shape is None:
        return "unknown"
    return None if len(shape) < 3 else (shape[1], shape[2], (*shape, 1)[3])


def misfit(study: Study, values: Mapping[str, Any]) -> UnfitBlocks | None:
    """Why the study's blocks, with some of their settings replaced, do not fit its images; None where they do."""
    blocks = blocks_of(study.model, values)
    image = image_of(study.data) if blocks else None
    if image == "unknown":
        return None
    if image is not None and study.preprocess.pca is not None:
        return UnfitBlocks("it is for images, and preprocess.pca makes rows that are none; leave out one of them")
    try:
        passages([block.built() for block in blocks], image)
    except UnfitBlocks as error:
        return error
    return None


def misfits(study: Study) -> list[Fault]:
    """What is wrong with blocks of the study's model, and else with those that its search may come to, each by path."""
    error = misfit(study, {})
    if error is not None:
        return [(["model", "convolution", *error.path], str(error))]
    steps = _steps(study.search)
    for trial in _harshest(steps):
        error = misfit(study, trial)
        if error is not None:
            return [_blamed(study, steps, trial, error)]
    return []


def _harshest(steps: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Of all trials those that leave least of an image, one for each choice between whole blocks."""
    harsh = [values if left_by(name) == "any" else values[-1:] for name, values in steps.items()]
    return (dict(zip(steps, values, strict=True)) for values in product(*harsh))


def _steps(search: Search | None) -> dict[str, list[Any]]:
    """Values of what decides how much is left of an image: sizes from that which leaves most to that which does least.

    How much is left only ever rises or falls with a size, so of a range both ends tell all.
    """
    found = {}
    for name, domain in search.space.items() if search else ():
        left = left_by(name)
        if left is not None and isinstance(domain, Categorical | IntegerRange):
            ((_, values),) = domain.model_dump().items()
            found[name] = [*values] if left == "any" else sorted(values, reverse=left == "more")
    return found


def _blamed(study: Study, steps: Mapping[str, list[Any]], trial: dict[str, Any], error: UnfitBlocks) -> Fault:
    """Of a trial that does not fit the values that are to blame: whatever the others were, it would not."""
    others: dict[str, Any] = {}
    for name, values in steps.items():
        found = [misfit(study, {**trial, **others, name: value}) for value in values]
        if len(others) < len(trial) - 1 and all(found):
            others[name], error = values[0], found[0] or error
    blamed = {name: value for name, value in trial.items() if name not in others}
    if len(blamed) > 1:
        return ["search", "space"], f"the trial {blamed} cannot be: {error}"
    ((name, value),) = blamed.items()
    return ["search", "space", name], f"{name} cannot be {value!r}: {error}"
