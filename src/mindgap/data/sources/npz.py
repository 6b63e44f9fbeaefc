"""The source `npz`: the user's own arrays, in one NumPy archive or in a file each."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import blocks
from mindgap.data.files import file_sum
from mindgap.data.labels import encode_labels
from mindgap.data.npz import Archive, map_array
from mindgap.data.raw import Raw
from mindgap.data.spool import Spool
from mindgap.errors import UserError
from mindgap.params.sources.npz import Npz
from mindgap.words import words

_KEYS = ("x", "y", "x_test", "y_test")


def digest(data: Npz, memory: Path | None = None) -> str:
    """SHA-256 of the bytes of the file, or of both."""
    sums = [file_sum(data.path, "data.path", memory)]
    if data.y_path is not None:
        sums.append(file_sum(data.y_path, "data.y_path", memory))
    return hashlib.sha256(" ".join(["npz", *sums]).encode()).hexdigest()


def load(data: Npz, seed: int, scratch: Path | None = None) -> Raw:
    """Arrays x (rows, features), (rows, height, width) or (rows, height, width, channels) and y (rows,).

    Optional x_test and y_test are the test set. Images of type uint8 have the divisor 255. Raises UserError for a file
    that is no archive, for missing keys, objects, unequal counts, NaN, infinities, labels that are not whole, and
    measurements that are no real numbers.
    """
    origin = f"{data.path} (data.path)"
    if data.y_path is not None:
        arrays = {"x": map_array(data.path, "data.path", "x"), "y": map_array(data.y_path, "data.y_path", "y")}
        origin += words(f" and {data.y_path} (data.y_path)")
    else:
        arrays = _read(data.path, origin, scratch)
    x, y = _pair(arrays, "x", "y", origin)
    targets, test_rows = {"y": y}, 0
    image_shape = _image_shape(x)
    if "x_test" in arrays:
        x_test, y_test = _pair(arrays, "x_test", "y_test", origin)
        if x_test.shape[1:] != x.shape[1:] or x_test.dtype != x.dtype:
            raise UserError(
                f"{origin}: x_test has rows of shape {x_test.shape[1:]} and type {x_test.dtype}, x has "
                f"{x.shape[1:]} and {x.dtype}. Give both the same shape and type."
            )
        x, test_rows = _joined(x, x_test, scratch), len(x_test)
        targets["y_test"] = y_test
    classes, y = _targets(targets, data, origin)
    return Raw(
        name=data.path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".npz").removesuffix(".npy"),
        origin=origin,
        x=x.reshape(len(x), -1),
        y=y,
        classes=classes,
        test_rows=test_rows,
        divisor=255.0 if image_shape is not None and x.dtype == np.uint8 else 1.0,
        image_shape=image_shape,
    )


def _joined(x: NDArray[Any], x_test: NDArray[Any], scratch: Path | None) -> NDArray[Any]:
    """All rows in one array, in a file in `scratch`."""
    spool = Spool(scratch)
    for own in (x, x_test):
        for block in blocks(len(own), own[0].size):
            spool.append(np.ascontiguousarray(own[block]))
    return spool.array(x.dtype, (len(x) + len(x_test), *x.shape[1:]))


def _read(path: str, origin: str, scratch: Path | None) -> dict[str, NDArray[Any]]:
    remedy = words("Write it with numpy.savez(path, x=x, y=y).")
    archive = Archive(path, "data.path", origin, remedy, scratch)
    missing = [key for key in _KEYS[:2] if key not in archive]
    if ("x_test" in archive) != ("y_test" in archive):
        missing += [key for key in _KEYS[2:] if key not in archive]
    if missing:
        raise UserError(
            f"{origin}: array {' and '.join(missing)} is missing; found {', '.join(sorted(archive)) or 'none'}. "
            "Needed are x and y, and either both of x_test and y_test or none."
        )
    return {key: archive[key] for key in _KEYS if key in archive}


def _pair(arrays: dict[str, NDArray[Any]], x_key: str, y_key: str, origin: str) -> tuple[NDArray[Any], NDArray[Any]]:
    x, y = arrays[x_key], arrays[y_key]
    if x.dtype.kind not in "biuf" or x.ndim not in (2, 3, 4):
        raise UserError(
            f"{origin}: {x_key} has shape {x.shape} and type {x.dtype}; it must hold real numbers of shape "
            "(rows, features), (rows, height, width) or (rows, height, width, channels)."
        )
    if y.ndim != 1:
        raise UserError(
            f"{origin}: {y_key} has shape {y.shape}; it must be (rows,), one label or value for each row of {x_key}."
        )
    if len(x) != len(y):
        raise UserError(f"{origin}: {x_key} has {len(x)} rows and {y_key} has {len(y)}. They must have equally many.")
    if x.size == 0:
        raise UserError(f"{origin}: {x_key} has shape {x.shape} and so holds no number. Give it rows and features.")
    if x.dtype.kind == "f":
        _refuse_infinite(x, x_key, origin)
    return x, y


def _refuse_infinite(x: NDArray[Any], key: str, origin: str) -> None:
    rows, count, first = x.reshape(len(x), -1), 0, None
    for block in blocks(*rows.shape):
        bad = np.argwhere(~np.isfinite(rows[block]))
        if first is None and len(bad):
            first = int(block.start + bad[0, 0]), int(bad[0, 1])
        count += len(bad)
    if first is not None:
        row, column = first
        raise UserError(
            f"{origin}: {key} holds {rows[row, column]} in row {row}, column {column} (counted from 0), and "
            f"{count - 1} more cells that are no finite numbers. Remove those rows or fill the cells."
        )


def _targets(
    arrays: dict[str, NDArray[Any]], data: Npz, origin: str
) -> tuple[tuple[str, ...], NDArray[np.int64] | NDArray[np.float64]]:
    """Classes and positions in them, or no classes and measurements, of all arrays one after the other."""
    if data.task == "regression":
        return (), np.concatenate([_measurements(array, key, origin) for key, array in arrays.items()])
    known: dict[str, int] = {}
    parts = []
    for key, array in arrays.items():
        distinct, places = np.unique(_labels(array, key, origin), return_inverse=True)
        parts.append(np.array([known.setdefault(_label(own), len(known)) for own in distinct.tolist()])[places])
    classes, positions = encode_labels(tuple(known))
    return classes, positions[np.concatenate(parts)]


def _label(label: object) -> str:
    return str(int(label)) if isinstance(label, float) else str(label)


def _measurements(y: NDArray[Any], key: str, origin: str) -> NDArray[np.float64]:
    if y.dtype.kind not in "iuf":
        raise UserError(
            f"{origin}: {key} has type {y.dtype}; data.task: regression needs real numbers. If it holds classes, write "
            "data.task: classification."
        )
    bad = np.flatnonzero(~np.isfinite(y))
    if len(bad):
        raise UserError(
            f"{origin}: {key} holds {y[bad[0]]} in row {bad[0]} (counted from 0); {len(bad)} of {len(y)} rows hold no "
            "finite number. Remove those rows or correct them."
        )
    return y.astype(np.float64)


def _labels(y: NDArray[Any], key: str, origin: str) -> NDArray[Any]:
    if y.dtype.kind == "f":
        wrong = np.flatnonzero(~(np.isfinite(y) & (y == np.floor(y))))
        if len(wrong):
            raise UserError(
                f"{origin}: {key} holds {y[wrong[0]]} in row {wrong[0]} (counted from 0); labels must be whole numbers "
                f"or texts. If {key} holds measurements, write data.task: regression."
            )
    elif y.dtype.kind not in "biuU":
        raise UserError(f"{origin}: {key} has type {y.dtype}; labels must be whole numbers or texts.")
    return y


def _image_shape(x: NDArray[Any]) -> tuple[int, int, int] | None:
    if x.ndim == 2:
        return None
    height, width, channels = (*x.shape[1:], 1)[:3]
    return int(height), int(width), int(channels)
