"""The file of a trained network: one .npz that holds it whole, without pickle."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.npz import Archive
from mindgap.data.preparation import Description, build_preparation
from mindgap.data.prepared import Target
from mindgap.errors import UserError
from mindgap.models.model import TrainedModel
from mindgap.nn.architecture import Architecture, Block
from mindgap.nn.population import Randomness
from mindgap.store.documents import plain, write_arrays

DENSE, CONVOLVED, TABLE, DECIDED, SHARED = 2, 3, 4, 5, 6
"""The format's version; whatever changes what a file holds, or what its numbers mean, makes it a new one.

A network without convolution is written as before there was any, and one without a threshold likewise: a file has
the lowest format that can hold it. Beside what those before it hold, 2 holds a target, 3 convolution, 4 a table with
the encodings of its columns, 5 a threshold, and 6 an ensemble."""

READ = (1, DENSE, CONVOLVED, TABLE, DECIDED, SHARED)
"""The formats that are read; the first has classes only, and no target."""

_OF_CONVOLUTION = ("image", "blocks", "channel_dropout")

_REMEDY = "Copy the file again, or run its study again."

_HEADER, _DIGEST, _VALUES, _PREPARATION = "header", "digest", "values", "preparation."


def save_model(model: TrainedModel, path: Path) -> None:
    """Write a model to a file, equal models as equal bytes.

    It holds the network's values, the arrays of `Preparation.arrays`, all else as JSON in the bytes of `header`, and in
    `digest` the SHA-256 of it all. There is no pickle in it.
    """
    header = {
        "format": _format(model),
        **({} if model.threshold is None else {"threshold": model.threshold}),
        "architecture": _described(model, model.architecture),
        "leak": model.leak,
        "randomness": _described(model, model.randomness),
        "preparation": model.preparation.description(),
        "target": None if model.target is None else asdict(model.target),
        **{name: getattr(model, name) for name in ("classes", "feature_names", "image_shape", "spec")},
    }
    text = json.dumps(header, sort_keys=True, allow_nan=False, default=plain)
    arrays: dict[str, NDArray[Any]] = {
        _HEADER: np.frombuffer(text.encode(), np.uint8),
        _VALUES: model.values,
        **{_PREPARATION + name: array for name, array in model.preparation.arrays().items()},
    }
    arrays[_DIGEST] = np.frombuffer(_digest(arrays), np.uint8)
    write_arrays(path, arrays)


def _format(model: TrainedModel) -> int:
    if model.values.ndim == 2:
        return SHARED
    if model.threshold is not None:
        return DECIDED
    if model.preparation.encoding.columns is not None:
        return TABLE
    return CONVOLVED if model.architecture.blocks else DENSE


def _described(model: TrainedModel, part: Architecture | Randomness) -> dict[str, Any]:
    left_out = () if model.architecture.blocks else _OF_CONVOLUTION
    return {name: value for name, value in asdict(part).items() if name not in left_out}


def load_model(path: Path) -> TrainedModel:
    """Read what `save_model` wrote.

    Raises UserError for a file that is absent, cut off, damaged, changed, of a newer mindgap, or something else; code
    in it is never run.
    """
    arrays = dict(Archive(path, "the path of the model", str(path), _REMEDY))
    if not {_HEADER, _DIGEST, _VALUES} <= arrays.keys():
        raise UserError(
            f"{path}: this is no saved model; its arrays are {', '.join(sorted(arrays)) or 'none'}. A study's model is "
            "results/<study>/model.npz."
        )
    header = _parse(arrays[_HEADER], path)
    if header["format"] not in READ:
        raise UserError(
            f"{path}: its format is {header['format']}, and this mindgap reads up to {READ[-1]}. Use the mindgap that "
            "wrote it, or make it again with this one."
        )
    digest = arrays.pop(_DIGEST)
    if digest.tobytes() != _digest(arrays):
        raise UserError(f"{path}: its content is not what was saved. {_REMEDY}")
    try:
        model = _build(header, arrays)
        _refuse_wrong_shapes(model, path)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: it is not laid out as format {header['format']} asks: {error!r}. Make it again."
        ) from None
    return model


def _build(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> TrainedModel:
    described, names, shape = header["architecture"], header["feature_names"], header["image_shape"]
    target = header["target"] if header["format"] > 1 else None
    own = {name.removeprefix(_PREPARATION): array for name, array in arrays.items() if name.startswith(_PREPARATION)}
    return TrainedModel(
        architecture=_architecture(**described),
        leak=header["leak"],
        randomness=Randomness(**header["randomness"]),
        values=arrays[_VALUES],
        preparation=build_preparation(Description.parse(header["preparation"]), own),
        classes=tuple(header["classes"]),
        target=None if target is None else Target(**target),
        feature_names=None if names is None else tuple(names),
        image_shape=None if shape is None else tuple(shape),
        spec=header["spec"],
        threshold=header.get("threshold") if header["format"] >= DECIDED else None,
    )


def _architecture(
    units: Sequence[int], image: Sequence[int] | None = None, blocks: Sequence[Mapping[str, Any]] = (), **own: Any
) -> Architecture:
    shape = None if image is None else (image[0], image[1], image[2])
    return Architecture(tuple(units), image=shape, blocks=tuple(Block(**block) for block in blocks), **own)


def _refuse_wrong_shapes(model: TrainedModel, path: Path) -> None:
    """UserError where arrays do not fit each other or the architecture."""
    units, preparation = model.architecture.units, model.preparation
    encoded, names = len(preparation.standardisation.mean), preparation.encoding.feature_names
    wanted: dict[str, tuple[int, ...]] = {"mean": (encoded,), "scale": (encoded,)}
    if preparation.components is not None:
        count = preparation.features
        wanted |= {"directions": (encoded, count), "variance": (count,), "divisor": (count,)}
    shapes = {name: array.shape for name, array in preparation.arrays().items()}
    pairs = {
        "values": (model.values.shape, (*model.values.shape[:-1][:1], model.architecture.values)),
        "features": (preparation.features, units[0]),
        "classes": (len(model.classes) if model.target is None else 1, units[-1]),
        "columns": (encoded if names is None else len(names), encoded),
        **{name: (shapes[name], shape) for name, shape in wanted.items()},
    }
    for name, (found, needed) in pairs.items():
        if found != needed:
            raise UserError(f"{path}: of its {name} there are {found}, where {needed} are needed. Make it again.")


def _parse(header: NDArray[Any], path: Path) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = {"format": None, **json.loads(header.tobytes())}
    except (TypeError, ValueError):
        raise UserError(f"{path}: this is no saved model; its header cannot be read.") from None
    return parsed


def _digest(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """SHA-256 of names, types, shapes and bytes of arrays, whatever their order."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(array.tobytes())
    return total.digest()
