"""What the winner's networks rely on: columns shuffled over validation rows, and set to one value in all of them."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.data.dates import written
from mindgap.data.encoded import Categories, DateParts, EncodedColumn, Ordinal, TargetMeans
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, Split, open_groups, open_split, variant
from mindgap.intervals import Sample, by_group, unseen
from mindgap.metrics import METRICS, Table, decided
from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES, Loss
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.reliance import Dependence, Reliance
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.stages.leading import leading_of
from mindgap.streams import stream
from mindgap.tasks import TASKS
from mindgap.training.measure import Measurement, measure, outputs_by_chunk
from mindgap.training.networks import loss_of, population_of

SHUFFLES = 5
"""How often each column is shuffled."""

ROWS, AVERAGED = 2000, 500
"""So many validation rows at most are shuffled, and so many averaged over, at equal distances."""

TOP, POINTS = 4, 20
"""So many columns at most that matter beyond doubt are gone through, numbers at so many quantiles at most."""

SHARES = np.linspace(0.05, 0.95, POINTS)
"""Where these quantiles are, of numbers and of days."""

COLUMNS = 200
"""Of wider data nothing is said, as it would take long and nobody would read it."""


def rely(data: Path, train: Path, out: Path) -> None:
    """Write `Reliance`, from validation rows alone.

    A column's importance is the score, less the score where its cells are shuffled over the rows (Breiman 2001; Fisher,
    Rudin and Dominici 2019), in the mean over the shuffles; all features of its categories go together. The partial
    dependence (Friedman 2001) is the mean of what is said of all rows, the column set to one value in each.
    """
    training = Training.read(train)
    run = RunSpec(**training.won.spec, seed=0)
    data = variant(data, run.preprocess.transform)
    dataset, preparation = Dataset.read(data), Preparation.read(data)
    places = _places(dataset, preparation)
    if not 0 < len(places) <= COLUMNS:
        Reliance(TASKS[dataset.task].score, {}, ()).write(out)
        return
    rows = read_weights(train)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
    networks.values[:] = np.stack(rows)
    split = open_split(data, "val")
    taken = _some(len(split.y), ROWS)
    split = replace(split, x=np.array(split.x[taken]), y=np.array(split.y[taken]))
    groups = open_groups(data, "val")
    of_groups = None if groups is None else groups[taken]
    asked = _Asked(networks, loss_of([run] * networks.count), training, dataset, of_groups)
    found = _importance(asked, split, places)
    top = [name for name, lost in found.ranked if lost.low is not None and lost.low > 0][:TOP]
    x = np.asarray(split.x[_some(len(split.y), AVERAGED)])
    said = [_dependence(asked, run, preparation, x, name, places[name]) for name in top]
    replace(found, dependences=tuple(said)).write(out)


def _some(rows: int, most: int) -> slice:
    return slice(None, None, -(-rows // most))


def _places(dataset: Dataset, preparation: Preparation) -> dict[str, slice]:
    """The prepared features of each column, by its name; none where they are components, pixels or have no names."""
    columns, names = preparation.encoding.columns, dataset.feature_names
    if preparation.components is not None or dataset.image_shape is not None or names is None:
        return {}
    if columns is None:
        return {name: slice(place, place + 1) for place, name in enumerate(names)}
    ends = np.cumsum([0, *(len(column.feature_names) for column in columns)]).tolist()
    return {
        column.column.name: slice(start, stop)
        for column, start, stop in zip(columns, ends[:-1], ends[1:], strict=True)
        if stop > start
    }


class _Asked(NamedTuple):
    """The winner's networks, and the data that they are asked of; `groups` are those of the validation rows taken."""

    networks: Population
    loss: Loss
    training: Training
    dataset: Dataset
    groups: NDArray[np.int64] | None

    @property
    def thresholds(self) -> Table | None:
        """By which they decide."""
        return np.array(self.training.thresholds) if self.training.thresholds else None

    def measured(self, split: Split, metric: str) -> Measurement:
        """A metric of a split, by its rows."""
        return measure(self.networks, split, self.loss, asked=(metric,), by_row=True, thresholds=self.thresholds)


def _importance(asked: _Asked, split: Split, places: dict[str, slice]) -> Reliance:
    """What each column is worth in the score that leads, see `leading_of`."""
    dataset, names = asked.dataset, measure(asked.networks, split, asked.loss, final=True).metrics
    counts = dataset.class_counts.get("train", ())
    metric = leading_of(dataset.task, counts, asked.training.objective, names).score
    score, unchanged = METRICS[metric], asked.measured(split, metric)
    before, widest = unchanged.by_row[metric], score.most - score.least
    labels = None if unchanged.weights[metric] is None else split.y
    classes = split.y if dataset.target is None and dataset.split_by is None else None
    x, found = np.array(split.x), {}
    for number, (name, own) in enumerate(places.items()):
        random = stream("importance", seed=0, epoch=number, part=1)  # a search's have part 0
        kept, after = x[:, own].copy(), np.zeros_like(before)
        for _ in range(SHUFFLES):
            x[:, own] = kept[random.permutation(len(x))]
            after += asked.measured(replace(split, x=x), metric).by_row[metric] / SHUFFLES
        x[:, own] = kept
        lost = before - after if score.larger_is_better else after - before
        means = lost.mean(axis=1).tolist()
        rows = lost if asked.groups is None else by_group(lost, asked.groups, labels)
        found[name] = unseen(Sample.of(means, rows, classes=classes, least=-widest, most=widest))
    return Reliance(metric, found, ())


def _dependence(asked: _Asked, run: RunSpec, preparation: Preparation, x: Array, name: str, own: slice) -> Dependence:
    column = next((found for found in preparation.encoding.columns or () if found.column.name == name), None)
    mean, scale = preparation.standardisation.mean[own], preparation.standardisation.scale[own]
    values, features = _values(column, x[:, own] * scale + mean, preparation.encoding.divisor)
    changed, said = np.array(x), []
    for cell in (features - mean) / scale:
        changed[:, own] = cell
        outputs = np.concatenate([found.copy() for _, found in outputs_by_chunk(asked.networks, changed)], axis=1)
        said.append(_said(outputs, run, asked).mean(axis=1))
    return Dependence(name, values, np.stack(said).transpose(2, 0, 1).tolist())


def _values(
    column: EncodedColumn | None, features: NDArray[np.float64], divisor: float
) -> tuple[list[float] | list[str], NDArray[np.float64]]:
    """The values that a column goes through, and their features; `features` are those of the rows.

    Of numbers and dates they are quantiles; of categories all that training knew, but where the target encodes them,
    as they are many, some, in the order of their means.
    """
    if isinstance(column, TargetMeans):
        known = np.array(column.known)[np.argsort([own[0] for own in column.means[:-1]], kind="stable")]
        places = known[np.unique(np.linspace(0, len(known) - 1, POINTS).astype(np.int64))]
    elif isinstance(column, Categories):
        places = np.array(column.known)
    elif isinstance(column, Ordinal):
        places = np.arange(len(column.column.categories or ()))
    elif isinstance(column, DateParts):
        days = np.quantile(features[:, 0], SHARES, method="inverted_cdf")  # days that there are: others may be far out
        days = np.unique(days if column.clock else np.rint(days))
        return [written(day) for day in days.tolist()], column.features(days)
    else:
        found = np.unique(np.quantile(features[:, 0], SHARES))[:, None]
        if column is None:
            return (found[:, 0] * divisor).tolist(), found
        return column.cells(found).tolist(), found
    names = column.column.categories or ()
    return [names[place] for place in places.tolist()], column.features(places.astype(np.float64))


def _said(outputs: Array, run: RunSpec, asked: _Asked) -> NDArray[np.float64]:
    """What outputs (replicates, rows, outputs) say, of the same shape."""
    if asked.dataset.target is not None:
        return np.asarray(asked.dataset.target.restore(outputs), np.float64)
    if LOSSES[run.train.loss].probabilities:
        return np.asarray(softmax(outputs.astype(np.float64)), np.float64)
    chosen: NDArray[np.float64] = np.eye(outputs.shape[2])[decided(outputs, asked.thresholds)]
    return chosen
