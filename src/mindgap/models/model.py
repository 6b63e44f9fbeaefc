"""Saved models: one trained network and its preprocessing in one .npz file, and what it says of raw rows."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.apply import apply_to_csv, apply_to_rows
from mindgap.data.files import read_file
from mindgap.data.preparation import Preparation, build_preparation, open_preparation
from mindgap.data.prepared import Target, open_dataset
from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population, Randomness
from mindgap.params.run import RunSpec
from mindgap.store.results import read_json
from mindgap.streams import EpochDraws, Origins
from mindgap.training.measure import CHUNK, chunks
from mindgap.training.networks import randomness_of

FORMAT = 2
"""The format's version; whatever changes what a file holds, or what its numbers mean, makes it a new one."""

READ = (1, FORMAT)
"""The formats that are read; the first has classes only, and no target."""

_HEADER, _DIGEST, _VALUES, _PREPARATION = "header", "digest", "values", "preparation."

Rows = NDArray[Any] | Path
"""Raw rows: an array as `apply_to_rows` takes it, the path of an .npz file with such an array `x`, or that of a table
as `apply_to_csv` takes it."""


@dataclass(frozen=True)
class Model:
    """A trained network, and how raw rows become its inputs.

    `values` float32 (architecture.values,) is all that it learned; `spec` are the params `model` and `train` that it
    was trained with; `feature_names` and `image_shape` are those of the prepared rows, see `Dataset`. It predicts one of
    the `classes`, or, where there are none, a value of the `target`.
    """

    architecture: Architecture
    leak: float
    randomness: Randomness
    values: NDArray[np.float32]
    preparation: Preparation
    classes: tuple[str, ...]
    target: Target | None
    feature_names: tuple[str, ...] | None
    image_shape: tuple[int, int, int] | None
    spec: dict[str, Any]

    def predict(self, rows: Rows) -> NDArray[np.str_] | NDArray[np.float64]:
        """The class of each raw row, or its value in the target's units, (rows,); errors as for `outputs`."""
        return self.answers(self.outputs(rows))

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """The probability of each class, (rows, classes); errors as for `outputs` and `softmax`."""
        return self.softmax(self.outputs(rows))

    def outputs(self, rows: Rows) -> NDArray[np.float32]:
        """What the network's last layer gives for raw rows, (rows, classes), or (rows, 1) in the target's deviations.

        A row gets the same bits alone and among others. In float32, in which the network was trained, BLAS rounds a
        row by its place in the batch; so this computes in float64, in batches of one size, and rounds the result.
        Raises UserError for rows that do not fit, and for those so far out that an output is no finite number.
        """
        x = self._prepare(rows)
        network = self._network()
        batch = np.zeros((CHUNK, x.shape[1]))
        found = np.empty((len(x), self.architecture.units[-1]), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for chunk in chunks(len(x)):
                count = chunk.stop - chunk.start
                batch[:count] = x[chunk]
                found[chunk] = network.forward(batch)[0, :count]
        far = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(far):
            raise UserError(
                f"the new rows: row {far[0]} (counted from 0), and {len(far) - 1} more, are so far from the training "
                "rows that the network's outputs are no finite numbers. Check their units."
            )
        return found

    def monte_carlo(
        self, rows: Rows, passes: int = 50, seed: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation, over passes with dropout as in training, of each class's probability.

        Both are (rows, classes), or for a target (rows, 1), of its value; where the deviation is large, the network is
        unsure (Gal and Ghahramani 2016). Raises UserError for a network without hidden dropout, and as `outputs` and
        `softmax` do.
        """
        if not any(self.randomness.dropout) or len(self.architecture.units) < 3:
            raise UserError("the network was trained without dropout, so its answers have no spread")
        x, network = self._prepare(rows).astype(np.float64), self._network()
        mean = np.empty((len(x), self.architecture.units[-1]))
        deviation = np.empty_like(mean)
        draws = EpochDraws(Origins([(seed, 0)]), epoch=0)
        for chunk in chunks(len(x)):
            found = [self._said(network.sample(x[chunk], draws)[0]) for _ in range(passes)]
            mean[chunk], deviation[chunk] = np.mean(found, axis=0), np.std(found, axis=0)
        return mean, deviation

    def _said(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """What outputs (rows, outputs) say: probabilities, or values; of the same shape."""
        return self.softmax(outputs) if self.target is None else self.target.restore(outputs)

    def _network(self) -> Population:
        """A network of its own for each call, whose buffers no other thread writes to."""
        network = Population(self.architecture, [self.leak], CHUNK, self.randomness, np.float64)
        network.values[:] = self.values
        return network

    def answers(self, outputs: NDArray[np.float32]) -> NDArray[np.str_] | NDArray[np.float64]:
        """What outputs (rows, outputs) mean, (rows,): the class of the largest, of equal ones the first; or the value."""
        if self.target is not None:
            return self.target.restore(outputs[:, 0])
        chosen: NDArray[np.str_] = np.array(self.classes)[outputs.argmax(axis=1)]
        return chosen

    def softmax(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """exp(z_j) / sum_k exp(z_k) of outputs z (rows, classes), float64 of the same shape.

        Raises UserError for a network that was trained with another loss than cross-entropy: its outputs are scores.
        """
        if self.target is not None:
            raise UserError(f"the network predicts {self.target.name!r}, a number, and not classes with probabilities")
        if not LOSSES[self.spec["train"]["loss"]].probabilities:
            raise UserError(
                f"the network was trained with train.loss: {self.spec['train']['loss']}, whose outputs are no "
                "probabilities. Ask for classes, or train with cross_entropy."
            )
        likely: NDArray[np.float64] = softmax(outputs.astype(np.float64)).astype(np.float64)
        return likely

    def _prepare(self, rows: Rows) -> NDArray[np.float32]:
        if not isinstance(rows, Path):
            return apply_to_rows(self.preparation, rows)
        if rows.suffix != ".npz":
            return apply_to_csv(self.preparation, rows)
        arrays = _read(rows, "the path of the new rows", only="x")
        if "x" not in arrays:
            raise UserError(f"{rows}: it holds no array x. Write the raw rows with numpy.savez(path, x=x).")
        return apply_to_rows(self.preparation, arrays["x"])


def winning_model(prepare: Path, train: Path) -> Model:
    """The model of a study, from the folders of its stages `prepare` and `train`: the winner's network of the first seed.

    One network, as that is what the study measured; an average over seeds would be another classifier, of untested
    accuracy. Its first seed, as choosing the best would favour luck.
    """
    dataset, chosen = open_dataset(prepare), read_json(train / "train.json")
    spec = chosen["candidates"][chosen["winner"]]["spec"]
    run = RunSpec(**spec, seed=0)
    with np.load(train / "model.npz", allow_pickle=False) as trained:
        values = trained["parameters"][0]
    return Model(
        architecture=run.model.architecture(dataset.features, dataset.outputs),
        leak=run.settings()["leak"],
        randomness=randomness_of([run]),
        values=values,
        preparation=open_preparation(prepare),
        classes=dataset.classes,
        target=dataset.target,
        feature_names=dataset.feature_names,
        image_shape=dataset.image_shape,
        spec=run.model_dump(mode="json", include={"model", "train"}),
    )


def save_model(model: Model, path: Path) -> None:
    """Write a model to a file, equal models as equal bytes.

    It holds the network's values, the arrays of `Preparation.arrays`, all else as JSON in the bytes of `header`, and in
    `digest` the SHA-256 of it all. There is no pickle in it.
    """
    header = {
        "format": FORMAT,
        "architecture": asdict(model.architecture),
        "leak": model.leak,
        "randomness": asdict(model.randomness),
        "preparation": model.preparation.description(),
        "target": None if model.target is None else asdict(model.target),
        **{name: getattr(model, name) for name in ("classes", "feature_names", "image_shape", "spec")},
    }
    text = json.dumps(header, sort_keys=True, allow_nan=False)
    arrays: dict[str, NDArray[Any]] = {
        _HEADER: np.frombuffer(text.encode(), np.uint8),
        _VALUES: model.values,
        **{_PREPARATION + name: array for name, array in model.preparation.arrays().items()},
    }
    arrays[_DIGEST] = np.frombuffer(_digest(arrays), np.uint8)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_model(path: Path) -> Model:
    """Read what `save_model` wrote.

    Raises UserError for a file that is absent, cut off, damaged, changed, of a newer mindgap, or something else; code
    in it is never run.
    """
    arrays = _read(path, "the path of the model")
    if not {_HEADER, _DIGEST, _VALUES} <= arrays.keys():
        raise UserError(
            f"{path}: this is no saved model; its arrays are {', '.join(sorted(arrays)) or 'none'}. A study's model is "
            "results/<study>/model.npz."
        )
    header = _parse(arrays[_HEADER], path)
    if header["format"] not in READ:
        raise UserError(
            f"{path}: its format is {header['format']}, and this mindgap reads up to {FORMAT}. Use the mindgap that wrote it, "
            "or make it again with this one."
        )
    digest = arrays.pop(_DIGEST)
    if digest.tobytes() != _digest(arrays):
        raise UserError(f"{path}: its content is not what was saved. Copy the file again, or run its study again.")
    try:
        model = _build(header, arrays)
        _refuse_wrong_shapes(model, path)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: it is not laid out as format {header['format']} asks: {error!r}. Make it again."
        ) from None
    return model


def _build(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    described, names, shape = header["architecture"], header["feature_names"], header["image_shape"]
    target = header["target"] if header["format"] > 1 else None
    own = {name.removeprefix(_PREPARATION): array for name, array in arrays.items() if name.startswith(_PREPARATION)}
    return Model(
        architecture=Architecture(**{**described, "units": tuple(described["units"])}),
        leak=header["leak"],
        randomness=Randomness(**header["randomness"]),
        values=arrays[_VALUES],
        preparation=build_preparation(header["preparation"], own),
        classes=tuple(header["classes"]),
        target=None if target is None else Target(**target),
        feature_names=None if names is None else tuple(names),
        image_shape=None if shape is None else tuple(shape),
        spec=header["spec"],
    )


def _refuse_wrong_shapes(model: Model, path: Path) -> None:
    """UserError where arrays do not fit each other or the architecture."""
    units, preparation = model.architecture.units, model.preparation
    encoded, names = len(preparation.standardisation.mean), preparation.encoding.feature_names
    wanted: dict[str, tuple[int, ...]] = {"mean": (encoded,), "scale": (encoded,)}
    if preparation.components is not None:
        count = preparation.features
        wanted |= {"directions": (encoded, count), "variance": (count,), "divisor": (count,)}
    shapes = {name: array.shape for name, array in preparation.arrays().items()}
    pairs = {
        "values": (model.values.shape, (model.architecture.values,)),
        "features": (preparation.features, units[0]),
        "classes": (len(model.classes) if model.target is None else 1, units[-1]),
        "columns": (encoded if names is None else len(names), encoded),
        **{name: (shapes[name], shape) for name, shape in wanted.items()},
    }
    for name, (found, needed) in pairs.items():
        if found != needed:
            raise UserError(f"{path}: of its {name} there are {found}, where {needed} are needed. Make it again.")


def _read(path: Path, key: str, only: str | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file, or one of them if it is there. Raises UserError where the file cannot be read."""
    content = io.BytesIO(read_file(path, key))
    if not zipfile.is_zipfile(content):
        raise UserError(f"{path}: this is no .npz file, or it is cut off.")
    content.seek(0)
    try:
        with np.load(content, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name]) for name in archive.files if only in (None, name)}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{path}: the file is damaged, or holds Python objects: {reason}") from None


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
