"""A trained network with its preprocessing, and what it says of raw rows."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.apply import Frame, apply_to_csv, apply_to_frame, apply_to_parquet, apply_to_rows
from mindgap.data.met import Met
from mindgap.data.npz import Archive
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, Target, variant
from mindgap.errors import UserError
from mindgap.metrics import decided
from mindgap.nn.architecture import Architecture
from mindgap.nn.ensemble import together
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population, Randomness
from mindgap.params.run import BLOCKS, RunSpec
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.streams import EpochDraws, Origins
from mindgap.training.measure import chunk_of, chunks
from mindgap.training.networks import randomness_of

Rows = NDArray[Any] | str | Path | Frame
"""Raw rows: an array as `apply_to_rows` takes it, the path of an .npz file with such an array `x`, or that of a table
as `apply_to_csv` or, for .parquet, `apply_to_parquet` takes it; or a data frame with such columns."""


@dataclass(frozen=True)
class TrainedModel:
    """A trained network, or an ensemble of such, and how raw rows become their inputs.

    `values` float32 (architecture.values,) is all that it learned, of an ensemble (networks, architecture.values);
    `spec` are the params `model` and `train` that it was trained with, and what a search chose of `preprocess`;
    `feature_names` and `image_shape` are those of the prepared rows, see `Dataset`. It predicts one of the `classes`,
    or, where there are none, a value of the `target`. With a `threshold` it is the second of two classes where its
    output is above the first's by more than that.
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
    threshold: float | None = None

    def predict(self, rows: Rows) -> NDArray[np.str_] | NDArray[np.float64]:
        """The class of each raw row, or its value in the target's units, (rows,); errors as for `outputs`."""
        return self.answers(self.outputs(rows))

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """The probability of each class, (rows, classes); errors as for `outputs` and `softmax`."""
        return self.softmax(self.outputs(rows))

    def outputs(self, rows: Rows, met: Met | None = None) -> NDArray[np.float32]:
        """What the network's last layer gives for raw rows, (rows, classes), or (rows, 1) in the target's deviations.

        Of an ensemble it is what all say together, see `together`.

        A row gets the same bits alone and among others. In float32, in which the network was trained, BLAS rounds a
        row by its place in the batch; so this computes in float64, in batches of one size, and rounds the result.
        What rows of a table had that training rows had not is gathered in `met`; without one, it is warned of. Raises
        UserError for rows that do not fit, and for those so far out that an output is no finite number.
        """
        x = self._prepare(rows, met)
        network = self._network()
        batch = np.zeros((chunk_of(self.architecture), x.shape[1]))
        found = np.empty((len(x), self.architecture.units[-1]), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for chunk in chunks(len(x), self.architecture):
                count = chunk.stop - chunk.start
                batch[:count] = x[chunk]
                found[chunk] = self._together(network.forward(batch)[:, :count])
        far = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(far):
            raise UserError(
                f"the new rows: row {far[0]} (counted from 0), and {len(far) - 1} more, are so far from the training "
                "rows that the network's outputs are no finite numbers. Check their units."
            )
        return found

    def monte_carlo(
        self, rows: Rows, passes: int = 50, seed: int = 0, met: Met | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation, over passes with dropout as in training, of each class's probability.

        Both are (rows, classes), or for a target (rows, 1), of its value; where the deviation is large, the network is
        unsure (Gal and Ghahramani 2016). What rows of a table had that training rows had not is gathered as for
        `outputs`. Raises UserError for a network without hidden dropout, and as `outputs` and `softmax` do.
        """
        dropped = any(self.randomness.dropout) and len(self.architecture.units) > 2
        if not (dropped or any(self.randomness.channel_dropout)):
            raise UserError("the network was trained without dropout, so its answers have no spread")
        x, network = self._prepare(rows, met).astype(np.float64), self._network()
        mean = np.empty((len(x), self.architecture.units[-1]))
        deviation = np.empty_like(mean)
        draws = EpochDraws(Origins([(seed, 0)]), epoch=0)
        for chunk in chunks(len(x), self.architecture):
            found = [self._said(self._together(network.sample(x[chunk], draws))) for _ in range(passes)]
            mean[chunk], deviation[chunk] = np.mean(found, axis=0), np.std(found, axis=0)
        return mean, deviation

    def _said(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """What outputs (rows, outputs) say: probabilities, or values; of the same shape."""
        return self.softmax(outputs) if self.target is None else self.target.restore(outputs)

    def _network(self) -> Population:
        """A network of its own for each call, whose buffers no other thread writes to."""
        values = np.atleast_2d(self.values)
        leak, rows = [self.leak] * len(values), chunk_of(self.architecture)
        network = Population(self.architecture, leak, rows, self.randomness, np.float64)
        network.values[:] = values
        return network

    def _together(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """What outputs (networks, rows, outputs) say together, (rows, outputs); those of one network as they are."""
        likely = self.target is None and LOSSES[self.spec["train"]["loss"]].probabilities
        return outputs[0] if len(outputs) == 1 else together(outputs, probabilities=likely)

    def answers(self, outputs: NDArray[np.float32]) -> NDArray[np.str_] | NDArray[np.float64]:
        """What outputs (rows, outputs) mean, (rows,): the class of the largest, the first of equals; or the value.

        With a `threshold`, it decides between the two classes.
        """
        if self.target is not None:
            return self.target.restore(outputs[:, 0])
        places = decided(outputs[None], None if self.threshold is None else np.array([self.threshold]))
        chosen: NDArray[np.str_] = np.array(self.classes)[places[0]]
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

    def _prepare(self, rows: Rows, met: Met | None = None) -> NDArray[np.float32]:
        found = met or Met()
        prepared = self._prepared(rows, found)
        for said in found.said() if met is None else ():
            warnings.warn(said, stacklevel=4)
        return prepared

    def _prepared(self, rows: Rows, met: Met) -> NDArray[np.float32]:
        if isinstance(rows, Frame):
            return apply_to_frame(self.preparation, rows, met)
        if not isinstance(rows, str | Path):
            return self._prepare_array(np.asarray(rows), met)
        rows = Path(rows)
        suffix = rows.suffix.lower()
        if suffix == ".parquet":
            return apply_to_parquet(self.preparation, rows, met)
        if suffix != ".npz":
            return apply_to_csv(self.preparation, rows, met)
        remedy = "Write the raw rows with numpy.savez(path, x=x)."
        archive = Archive(rows, "the path of the new rows", str(rows), remedy)
        if "x" not in archive:
            raise UserError(f"{rows}: it holds no array x. {remedy}")
        return self._prepare_array(archive["x"], met)

    def _prepare_array(self, rows: NDArray[Any], met: Met) -> NDArray[np.float32]:
        """Raises UserError for images of other sides than those trained on, which may have as many pixels."""
        given, trained = ([side for side in shape if side != 1] for shape in (rows.shape[1:], self.image_shape or ()))
        if trained and rows.ndim > 2 and given != trained:
            found, needed = (" x ".join(map(str, shape)) for shape in (rows.shape[1:], self.image_shape or ()))
            raise UserError(f"the new rows: found images of {found}; the network was trained on {needed}")
        prepared = apply_to_rows(self.preparation, rows)
        beyond = self.preparation.encoding.divisor > 1
        met.small = beyond and rows.size > 0 and bool(rows.min() >= 0 and 0 < rows.max() <= 1)
        return prepared


def winning_model(prepare: Path, train: Path) -> TrainedModel:
    """The model of a study, from the folders of its stages `prepare` and `train`.

    It is the winner's network of the first seed, as choosing the best would favour luck; or, where the study saves it,
    the ensemble of all seeds. Of both it has measured what they reach.
    """
    training = Training.read(train)
    run, rows, ensemble = RunSpec(**training.won.spec, seed=0), read_weights(train), training.save == "ensemble"
    data = variant(prepare, run.preprocess.transform)
    dataset = Dataset.read(data)
    first = training.thresholds[0] if training.thresholds else None
    return TrainedModel(
        architecture=run.model.architecture(dataset.features, dataset.outputs, dataset.image_shape),
        leak=run.settings()["leak"],
        randomness=randomness_of([run] * (len(rows) if ensemble else 1)),
        values=np.stack(rows) if ensemble else rows[0],
        preparation=Preparation.read(data),
        classes=dataset.classes,
        target=dataset.target,
        feature_names=dataset.feature_names,
        image_shape=dataset.image_shape,
        spec=run.model_dump(mode="json", include={*BLOCKS}),
        threshold=training.together if ensemble else first,
    )
