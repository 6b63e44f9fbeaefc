"""The stage `prepare`: from a source to split, preprocessed float32 arrays on disk."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.duplicates import count_duplicates
from mindgap.data.encoding import Encoding, fit_encoding
from mindgap.data.raw import Raw
from mindgap.data.sources import SOURCES
from mindgap.data.splits import Splits, split
from mindgap.data.standardisation import Standardisation, blocks, fit_standardisation, refuse_impossible_centring
from mindgap.errors import UserError
from mindgap.params.data import Data, Preprocess


def prepare(data: Data, preprocess: Preprocess, seed: int, out: Path) -> None:
    """Load, split, fit on the training rows, apply to all, and write into the existing folder `out`.

    Writes x_{train,val,test}.npy float32 (rows, features), y_{train,val,test}.npy int64 class indices, dataset.json
    (see `mindgap.data.arrays.Dataset`), and what new rows need to be prepared alike: preprocessing.json (divisor,
    columns, categories, imputed values) and preprocessing.npz (mean and scale, float64 (features,)); a prepared value is
    (feature - mean) / scale, where a feature is the raw value divided by the divisor: 255 for MNIST and uint8 images, 16
    for the digits, 1 for all else. Equal arguments and files give equal bytes. Raises UserError for whatever is wrong
    with the files.
    """
    raw = SOURCES[data.source].load(data, seed)
    refuse_impossible_centring(raw, preprocess.center)
    splits = split(raw, val_fraction=data.val_fraction, test_fraction=data.test_fraction, seed=seed)
    encoding = fit_encoding(raw, splits.train, impute=data.source == "csv" and data.missing == "impute")
    read_train = partial(_features, raw, encoding, splits.train)
    standardisation = fit_standardisation(read_train, len(splits.train), preprocess, raw.image_shape)
    _refuse_overflow(np.stack([standardisation.mean, standardisation.scale]), raw, encoding)

    for name, rows in _named(splits).items():
        np.save(out / f"y_{name}.npy", raw.y[rows], allow_pickle=False)
        _write_features(out / f"x_{name}.npy", raw, encoding, standardisation, rows)
    np.savez(out / "preprocessing.npz", mean=standardisation.mean, scale=standardisation.scale)
    columns = None if encoding.columns is None else [column.described() for column in encoding.columns]
    _write_json(
        out / "preprocessing.json",
        {"divisor": raw.divisor, "center": preprocess.center, "scale": preprocess.scale, "columns": columns},
    )
    _write_json(out / "dataset.json", _describe(raw, splits, encoding, standardisation))


def _named(splits: Splits) -> dict[str, NDArray[np.int64]]:
    return {"train": splits.train, "val": splits.val, "test": splits.test}


def _features(raw: Raw, encoding: Encoding, rows: NDArray[np.int64], block: slice) -> NDArray[np.float64]:
    return encoding.features(raw.x[rows[block]])


def _write_features(
    path: Path, raw: Raw, encoding: Encoding, standardisation: Standardisation, rows: NDArray[np.int64]
) -> None:
    features = len(standardisation.mean)
    written = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(len(rows), features))
    for block in blocks(len(rows), features):
        x = standardisation.apply(_features(raw, encoding, rows, block))
        _refuse_overflow(x, raw, encoding)
        written[block] = x
    written.flush()


def _refuse_overflow(values: NDArray[Any], raw: Raw, encoding: Encoding) -> None:
    infinite = np.flatnonzero(~np.isfinite(values))
    if len(infinite):
        feature = int(infinite[0]) % values.shape[-1]
        names = _feature_names(raw, encoding)
        named = repr(names[feature]) if names is not None else f"number {feature} (counted from 0)"
        raise UserError(
            f"{raw.origin}: feature {named} holds values too large for 32-bit floating point. Give it in larger units."
        )


def _feature_names(raw: Raw, encoding: Encoding) -> tuple[str, ...] | None:
    if encoding.columns is None:
        return raw.feature_names
    return tuple(name for column in encoding.columns for name in column.feature_names)


def _describe(raw: Raw, splits: Splits, encoding: Encoding, standardisation: Standardisation) -> dict[str, Any]:
    named = _named(splits)
    return {
        "name": raw.name,
        "task": "classification",
        "classes": raw.classes,
        "features": len(standardisation.mean),
        "feature_names": _feature_names(raw, encoding),
        "image_shape": raw.image_shape,
        "rows": {name: len(rows) for name, rows in named.items()},
        "class_counts": {
            name: np.bincount(raw.y[rows], minlength=len(raw.classes)).tolist() for name, rows in named.items()
        },
        "duplicates": count_duplicates(raw.x, splits),
        "constant_features": standardisation.constant,
        "unseen_categories": {name: encoding.unseen(raw.x[rows]) for name, rows in named.items()},
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
