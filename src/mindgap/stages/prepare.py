"""The stage `prepare`: from a source to split, preprocessed float32 arrays on disk."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import CACHED, ahead, blocks
from mindgap.data.coded import CODES
from mindgap.data.components import fit_components
from mindgap.data.corruption import with_blanks, with_label_noise, with_outliers
from mindgap.data.duplicates import count_duplicates
from mindgap.data.encoding import Fitted, fit_encoding
from mindgap.data.folds import Fold, split_fold
from mindgap.data.overview import Overview, encoded_alike, look_over
from mindgap.data.preparation import Preparation, refuse_overflow
from mindgap.data.prepared import Dataset, Pixels, Target, array_path, table_path
from mindgap.data.raw import Raw
from mindgap.data.sources import load
from mindgap.data.splits import Splits, split
from mindgap.data.standardisation import fit_standardisation, refuse_impossible_centring
from mindgap.data.target import fit_target
from mindgap.errors import UserError
from mindgap.params.base import TransformName
from mindgap.params.preprocess import Preprocess
from mindgap.params.sources import Source
from mindgap.words import words


def prepare(
    data: Source,
    preprocess: Preprocess,
    seed: int,
    out: Path,
    *,
    test: bool = True,
    coded: bool = False,
    fold: Fold | None = None,
    transforms: Sequence[TransformName] = (),
) -> None:
    """Load, split, fit on the training rows, apply to all, and write into the existing folder `out`.

    Classes are merged before the split, by which it is stratified; training labels and targets are made wrong and
    training rows incomplete, where that is asked for, after it and before anything is standardised.

    Writes x_{train,val,test}.npy float32 (rows, features), y_{train,val,test}.npy (rows,), int64 class indices or, for
    regression, the float32 target (see `mindgap.data.target`), rows_{train,val,test}.npy, the rows' numbers in the
    source, counted from 0, int64, where rows have weights weights_train.npy (rows,), float64, dataset.json (see
    `mindgap.data.prepared.Dataset`), and what new rows need to be prepared alike (see `mindgap.data.preparation`):
    preprocessing.json (divisor, columns, categories, imputed values, layout of the file) and preprocessing.npz, of
    float64.
    A prepared value is z = (feature - mean) / scale, where a feature is the raw value divided by the divisor: 255 for
    MNIST and uint8 images, 16 for the digits, 1 for all else. With preprocess.pca a row is z @ directions / divisor.
    Of a table there is overview.json besides (see `mindgap.data.overview`). A column that the target encodes is
    encoded in a training row without its own target (see `mindgap.data.encoding.Fitted`).
    Where columns say which row is which, identifiers_test.json has what they say of the test rows.
    Where rows are split by groups, groups_{train,val,test}.npy are the numbers of theirs, int64.
    Where rows are asked for `coded`, and are images of bytes, x_{train,val,test}.npy are these bytes, uint8, and
    x_table.npy what each is prepared to (see `mindgap.data.coded`).
    Where there are `transforms`, each but that of `preprocess` has all of this in a folder of its name, of the same
    rows (see `mindgap.data.prepared.variant`).
    The test rows are those of a `fold`, if there is one, see `split_fold`.
    Without `test` there are no files of the test rows. Equal arguments and files give equal bytes. Raises UserError for
    whatever is wrong with the files.
    """
    raw = load(data, seed, out)
    refuse_impossible_centring(raw, preprocess.center)
    own: dict[str, Any] = {"val_fraction": data.val_fraction, "seed": seed, "train_rows": data.train_rows}
    splits = split_fold(raw, fold, **own) if fold else split(raw, test_fraction=data.test_fraction, **own)
    true = raw.y
    if data.label_noise:
        raw = with_label_noise(raw, splits.train, data.label_noise, seed=seed)
    if data.outliers:
        raw = with_outliers(raw, splits.train, data.outliers, seed=seed)
    if data.blanks:
        raw = with_blanks(raw, splits.train, data.blanks, seed=seed)
    with ThreadPoolExecutor(1) as beside:
        duplicates = beside.submit(count_duplicates, raw.x, splits)
        found = _fit(raw, splits, data, preprocess, seed)
        rows = _Rows(
            raw,
            splits,
            test=test,
            target=None if raw.classes else fit_target(raw, splits),
            wrong=int(np.count_nonzero(raw.y != true)),
            duplicates=duplicates.result(),
            tolerance=data.tolerance,
            overview=None if raw.columns is None else beside.submit(look_over, raw, splits, found.fitted, test=test),
        )
        # Pixels that were made wrong are bytes no more.
        rows.write(found, out, coded=coded and raw.x.dtype == np.uint8 and raw.image_shape is not None)
    if raw.ids is not None and test:
        raw.ids.some(splits.test).write(out)
    for transform in transforms:
        if transform != preprocess.transform:
            folder = out / transform
            folder.mkdir()
            try:
                other = preprocess.model_copy(update={"transform": transform})
                rows.write(_fit(raw, splits, data, other, seed), folder)
            except UserError as error:
                raise UserError(
                    f"{error} It is so with transform: {transform}, through which search.space.transform goes."
                ) from error


class _Found(NamedTuple):
    """What the training rows give, by a transform, and how many features of the prepared rows are constant on them."""

    transform: TransformName
    fitted: Fitted
    preparation: Preparation
    constant: int


def _fit(raw: Raw, splits: Splits, data: Source, preprocess: Preprocess, seed: int) -> _Found:
    fitted = fit_encoding(
        raw,
        splits.train,
        impute=data.imputes or data.blanks > 0,
        seed=seed,
        transform=preprocess.transform,
        **data.encoded,
    )
    encoding, rows = fitted.encoding, len(fitted.train)

    def encoded(block: slice) -> NDArray[np.float64]:
        return fitted.training(raw.x, block)

    standardisation, constant = fit_standardisation(encoded, rows, preprocess, raw.image_shape)
    if constant == len(standardisation.mean):
        raise UserError(
            f"{raw.origin}: all {constant} features are constant on the training rows, so there is nothing to learn "
            "from. Give rows that differ."
        )
    refuse_overflow(np.stack([standardisation.mean, standardisation.scale]), encoding.feature_names, raw.origin)
    preparation = Preparation(encoding, standardisation, layout=raw.layout)
    if preprocess.pca is None:
        return _Found(preprocess.transform, fitted, preparation, constant)
    components = fit_components(
        lambda block: preparation.standardise(encoded(block), raw.origin), rows, preprocess.pca, raw.origin
    )
    return _Found(preprocess.transform, fitted, replace(preparation, components=components), components.constant)


@dataclass(frozen=True)
class _Rows:
    """All rows as they came, and what is written of them whatever their transform.

    `wrong` labels or targets of them were made so; of rows in two splits there are so many `duplicates`. The `overview`
    is made while the first of them are written.
    """

    raw: Raw
    splits: Splits
    test: bool
    target: Target | None
    wrong: int
    duplicates: dict[str, int]
    tolerance: float | None
    overview: Future[Overview] | None

    def write(self, found: _Found, out: Path, *, coded: bool = False) -> None:
        """Write them into a folder, as `prepare` says."""
        raw, target, preparation = self.raw, self.target, found.preparation
        coded = coded and preparation.components is None
        if coded:
            np.save(table_path(out), _table(preparation, raw.origin), allow_pickle=False)
        for name, rows in self.splits.named.items():
            if name == "test" and not self.test:
                continue
            y = raw.y[rows] if target is None else target.standardise(raw.y[rows])
            np.save(array_path(out, "y", name), y, allow_pickle=False)
            np.save(array_path(out, "rows", name), rows, allow_pickle=False)
            if raw.apart is not None and raw.apart.kind == "group":
                np.save(array_path(out, "groups", name), raw.apart.values[rows].astype(np.int64), allow_pickle=False)
            if raw.weights is not None and name == "train":
                _refuse_no_weight(raw, raw.weights[rows], rows)
                np.save(array_path(out, "weights", name), raw.weights[rows], allow_pickle=False)
            known = found.fitted if name == "train" else None
            _write_features(array_path(out, "x", name), raw, preparation, rows, known, coded=coded)
        preparation.write(out)
        if raw.image_shape is not None and preparation.components is None:
            mean, scale = preparation.standardisation.mean, preparation.standardisation.scale
            Pixels(raw.image_shape, (-mean / scale).astype(np.float32), scale.astype(np.float32)).write(out)
        if self.overview is not None:
            encoded_alike(self.overview.result(), found.fitted).write(out)
        self._described(found).write(out)

    def _described(self, found: _Found) -> Dataset:
        raw, named, preparation, target = self.raw, self.splits.named, found.preparation, self.target
        projected = preparation.components is not None
        unseen = {name: preparation.encoding.unseen(raw.x, rows) for name, rows in named.items()}
        return Dataset(
            name=raw.name,
            task="classification" if target is None else "regression",
            classes=raw.classes,
            features=preparation.features,
            feature_names=None if projected else preparation.encoding.feature_names or raw.feature_names,
            image_shape=None if projected else raw.image_shape,
            rows={name: len(rows) for name, rows in named.items()},
            class_counts={
                name: np.bincount(raw.y[rows], minlength=len(raw.classes)).tolist()
                for name, rows in named.items()
                if target is None
            },
            duplicates=self.duplicates,
            constant_features=found.constant,
            unseen_categories={name: sum(columns.values()) for name, columns in unseen.items()},
            identifiers=tuple(name for name, cells in unseen["val"].items() if 2 * cells > len(self.splits.val)),
            target=target,
            test_given=raw.test_rows > 0,
            wrong_targets=self.wrong,
            split_by=None if raw.apart is None else (raw.apart.kind, raw.apart.name),
            weight=None if raw.weights is None or raw.layout is None else raw.layout.weight,
            tolerance=self.tolerance,
            transform=found.transform,
        )


def _refuse_no_weight(raw: Raw, weights: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
    """UserError for training rows that all weigh nothing, or do so in one of the classes, which then is not learned."""
    remedy = words("Correct data.weight, or write null.")
    if not weights.any():
        raise UserError(f"{raw.origin}: the weights of all training rows are 0. {remedy}")
    for label, name in enumerate(raw.classes):
        if not weights[raw.y[rows] == label].any():
            raise UserError(f"{raw.origin}: the weights of all training rows of class {name!r} are 0. {remedy}")


def _table(preparation: Preparation, origin: str) -> NDArray[np.float32]:
    """What each code is prepared to, (256, features); (256, 1) where that is the same for all features."""
    shape = CODES, preparation.features
    codes, table = np.broadcast_to(np.arange(CODES, dtype=np.uint8)[:, None], shape), np.empty(shape, np.float32)
    for part in blocks(*shape, CACHED):
        table[part] = preparation.apply(codes[part], origin)
    return table[:, :1] if (table == table[:, :1]).all() else table


def _write_features(
    path: Path, raw: Raw, preparation: Preparation, rows: NDArray[np.int64], fitted: Fitted | None, *, coded: bool
) -> None:
    """Write rows as they are prepared, or, where they are `coded`, as they came.

    The training rows are prepared as they are `fitted`, each without its own target.
    """
    shape, dtype = (len(rows), preparation.features), np.dtype(np.uint8 if coded else np.float32)
    with path.open("wb") as file:  # a map of it would stay in memory
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        parts = blocks(len(rows), len(preparation.standardisation.mean), CACHED)

        def written(part: slice) -> NDArray[Any]:
            if coded:
                return np.ascontiguousarray(raw.x[rows[part]])
            if fitted is None:
                return preparation.apply(raw.x[rows[part]], raw.origin)
            return preparation.finish(fitted.training(raw.x, part), raw.origin)

        for x in ahead(map(written, parts)):
            file.write(x.data)
