"""What the winner's networks rely on: columns shuffled over validation rows, and set to one value in all of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.intervals import Sample, unseen
from mindgap.metrics import METRICS
from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.reliance import Dependence, Reliance
from mindgap.results.statistic import Statistic
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.streams import stream
from mindgap.tasks import TASKS
from mindgap.training.measure import measure, outputs_by_chunk
from mindgap.training.networks import loss_of, population_of

SHUFFLES = 5
"""How often each column is shuffled."""

ROWS, AVERAGED = 2000, 500
"""So many validation rows at most are shuffled, and so many averaged over, at equal distances."""

TOP, POINTS = 4, 20
"""So many columns at most that matter beyond doubt are gone through, numbers at so many quantiles at most."""

COLUMNS = 200
"""Of wider data nothing is said, as it would take long and nobody would read it."""


def rely(data: Path, train: Path, out: Path) -> None:
    """Write `Reliance`, from validation rows alone.

    A column's importance is the score, less the score where its cells are shuffled over the rows (Breiman 2001; Fisher,
    Rudin and Dominici 2019), in the mean over the shuffles; all features of its categories go together. The partial
    dependence (Friedman 2001) is the mean of what is said of all rows, the column set to one value in each.
    """
    dataset, training = Dataset.read(data), Training.read(train)
    task, preparation = TASKS[dataset.task], Preparation.read(data)
    places = _places(dataset, preparation)
    if not 0 < len(places) <= COLUMNS:
        Reliance(task.score, {}, ()).write(out)
        return
    run, rows = RunSpec(**training.won.spec, seed=0), read_weights(train)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
    networks.values[:] = np.stack(rows)
    split = open_split(data, "val")
    taken = _some(len(split.y), ROWS)
    split = Split(np.array(split.x[taken]), np.array(split.y[taken]), split.unit)
    found = Reliance(task.score, _importance(networks, run, split, places, task.score), ())
    top = [name for name, lost in found.ranked if lost.low is not None and lost.low > 0][:TOP]
    x = np.asarray(split.x[_some(len(split.y), AVERAGED)])
    said = [_dependence(networks, run, dataset, preparation, x, name, places[name]) for name in top]
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


def _importance(
    networks: Population, run: RunSpec, split: Split, places: dict[str, slice], metric: str
) -> dict[str, Statistic]:
    loss, score = loss_of([run] * networks.count), METRICS[metric]
    before = measure(networks, split, loss, by_row=True).by_row[metric]
    widest = score.most - score.least
    classes = split.y if split.y.dtype.kind == "i" else None
    x = np.array(split.x)
    found = {}
    for number, (name, own) in enumerate(places.items()):
        random = stream("importance", seed=0, epoch=number, part=1)  # a search's have part 0
        kept, after = x[:, own].copy(), np.zeros_like(before)
        for _ in range(SHUFFLES):
            x[:, own] = kept[random.permutation(len(x))]
            after += measure(networks, Split(x, split.y, split.unit), loss, by_row=True).by_row[metric] / SHUFFLES
        x[:, own] = kept
        lost = before - after if score.larger_is_better else after - before
        means = lost.mean(axis=1).tolist()
        found[name] = unseen(Sample.of(means, lost, classes=classes, least=-widest, most=widest))
    return found


def _dependence(
    networks: Population,
    run: RunSpec,
    dataset: Dataset,
    preparation: Preparation,
    x: Array,
    name: str,
    own: slice,
) -> Dependence:
    column = next((found for found in preparation.encoding.columns or () if found.column.name == name), None)
    mean, scale = preparation.standardisation.mean[own], preparation.standardisation.scale[own]
    values: list[float] | list[str]
    if column is not None and column.known is not None:
        values = [str((column.column.categories or ())[position]) for position in column.known]
        cells: NDArray[Any] = (np.eye(len(values)) - mean) / scale
    else:
        cells = np.unique(np.quantile(x[:, own], np.linspace(0.05, 0.95, POINTS)))[:, None]
        values = ((cells * scale + mean)[:, 0] * preparation.encoding.divisor).tolist()
    changed, said = np.array(x), []
    for cell in cells:
        changed[:, own] = cell
        outputs = np.concatenate([found.copy() for _, found in outputs_by_chunk(networks, changed)], axis=1)
        said.append(_said(outputs, run, dataset).mean(axis=1))
    return Dependence(name, values, np.stack(said).transpose(2, 0, 1).tolist())


def _said(outputs: Array, run: RunSpec, dataset: Dataset) -> NDArray[np.float64]:
    """What outputs (replicates, rows, outputs) say, of the same shape."""
    if dataset.target is not None:
        return np.asarray(dataset.target.restore(outputs), np.float64)
    if LOSSES[run.train.loss].probabilities:
        return np.asarray(softmax(outputs.astype(np.float64)), np.float64)
    chosen: NDArray[np.float64] = np.eye(outputs.shape[2])[outputs.argmax(axis=2)]
    return chosen
