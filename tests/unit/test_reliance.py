"""What networks rely on: by hand-made tables, of which it is known, and beside scikit-learn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import partial_dependence

from mindgap.data.preparation import Preparation
from mindgap.data.prepared import open_split
from mindgap.params.data import Data
from mindgap.params.preprocess import Pca, Preprocess
from mindgap.params.run import RunSpec
from mindgap.results.reliance import Reliance
from mindgap.results.weights import read_weights
from mindgap.stages.prepare import prepare
from mindgap.stages.reliance import TOP, rely
from mindgap.stages.runs import run_candidates
from mindgap.stages.train import select

COLOURS = ("red", "green", "blue")
CUTS = {"classes": 0.7, "few": 2.4}
"""Above which score a row is of the second class."""


def table(kind: str, rows: int = 600) -> str:
    """Of which `size` and `colour` decide, `noise` and `letter` do not."""
    random = np.random.default_rng(3)
    size, noise = random.normal(10, 3, rows), random.normal(0, 1, rows)
    colour, letter = random.integers(3, size=rows), random.integers(4, size=rows)
    score = (size - 10) / 3 + 2.0 * (colour == 0)
    target = np.round(5 * score, 3) if kind == "values" else np.where(score > CUTS[kind], "yes", "no")
    lines = (
        f"{size[row]:.4f},{noise[row]:.4f},{COLOURS[colour[row]]},{'abcd'[letter[row]]},{row // 3},{target[row]}"
        for row in range(rows)
    )
    return "size,noise,colour,letter,group,target\n" + "\n".join(lines) + "\n"


def relied(
    folder: Path, kind: str = "classes", preprocess: Preprocess | None = None, text: str | None = None, **data: Any
) -> Reliance:
    """What a small study of a table relies on."""
    folder.mkdir(exist_ok=True)
    (folder / "table.csv").write_text(text or table(kind))
    task = {"task": "regression"} if kind == "values" else {}
    given = {
        "source": "csv",
        "path": str(folder / "table.csv"),
        "target": "target",
        "ignore": ["group"],
        **task,
        **data,
    }
    for name in ("data", "runs", "train", "out"):
        (folder / name).mkdir()
    prepare(TypeAdapter(Data).validate_python(given), preprocess or Preprocess(), 0, folder / "data")
    loss = "mse" if kind == "values" else "cross_entropy"
    train = {"epochs": 20, "learning_rate": 0.05, "loss": loss, "optimizer": "momentum"}
    run = RunSpec.model_validate({"model": {"hidden": [16]}, "train": train, "seed": 0}).model_dump(mode="json")
    params = {"run": run, "candidates": 1, "seeds": 3, "objective": "val_loss", "slice": [0, 3]}
    run_candidates(params, folder / "data", None, folder / "runs")
    select(params, [folder / "runs"], None, folder / "train")
    rely(folder / "data", folder / "train", folder / "out")
    return Reliance.read(folder / "out")


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reliance]:
    folder = tmp_path_factory.mktemp("classes")
    return folder, relied(folder)


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reliance]:
    folder = tmp_path_factory.mktemp("values")
    return folder, relied(folder, "values")


@pytest.mark.parametrize("kind", ["classes", "values"])
def test_columns_that_decide_matter_and_others_do_not(kind: str, request: pytest.FixtureRequest) -> None:
    _, found = request.getfixturevalue(kind)
    assert {name for name, _ in found.ranked[:2]} == {"size", "colour"}
    for name in ("size", "colour"):
        assert found.columns[name].low > 0.05
    for name in ("noise", "letter"):
        assert abs(found.columns[name].mean) < 0.02
    assert found.metric == ("accuracy" if kind == "classes" else "r2")
    assert {*[own.column for own in found.dependences][:2]} == {"size", "colour"}
    assert len(found.dependences) <= TOP


def test_a_columns_importance_is_the_score_lost_over_its_own_shuffles(classes: tuple[Path, Reliance]) -> None:
    folder, found = classes
    networks, _ = _networks(folder)
    split, preparation = open_split(folder / "data", "val"), Preparation.read(folder / "data")
    names = preparation.encoding.feature_names or ()
    own = [place for place, name in enumerate(names) if name.startswith("colour=")]
    x, y, random = np.array(split.x), np.array(split.y), np.random.default_rng(0)
    right = [(network(x).argmax(axis=1) == y).mean() for network in networks]
    lost = []
    for _ in range(60):
        changed = x.copy()
        changed[:, own] = x[random.permutation(len(x))][:, own]
        lost.append(
            [
                whole - (network(changed).argmax(axis=1) == y).mean()
                for whole, network in zip(right, networks, strict=True)
            ]
        )
    deviation = np.std(np.mean(lost, axis=1)) / np.sqrt(5)
    assert found.columns["colour"].mean == pytest.approx(np.mean(lost), abs=4 * deviation)


def test_curves_are_those_of_scikit_learn(classes: tuple[Path, Reliance]) -> None:
    folder, found = classes
    networks, names = _networks(folder)
    split = open_split(folder / "data", "val")
    own = next(curve for curve in found.dependences if curve.column == "size")
    standard = Preparation.read(folder / "data").standardisation
    place = names.index("size")
    grid = (np.array(own.values) - standard.mean[place]) / standard.scale[place]
    for seed, network in enumerate(networks):
        asked = partial_dependence(
            Fitted(network), np.array(split.x, np.float64), [place], custom_values={place: grid}, kind="average"
        )
        np.testing.assert_allclose(np.array(own.curves)[1, :, seed], asked["average"][0], rtol=1e-4, atol=1e-5)


def test_values_are_in_the_units_of_the_table_and_of_the_target(values: tuple[Path, Reliance]) -> None:
    _, found = values
    size = next(curve for curve in found.dependences if curve.column == "size")
    assert 3 < min(size.values) < max(size.values) < 18
    rise = np.array(size.curves)[0].mean(axis=1)
    slope = (rise[-1] - rise[0]) / (size.values[-1] - size.values[0])
    assert slope == pytest.approx(5 / 3, rel=0.2)
    colour = next(curve for curve in found.dependences if curve.column == "colour")
    assert {*colour.values} == {*COLOURS}
    means = dict(zip(colour.values, np.array(colour.curves)[0].mean(axis=1), strict=True))
    assert means["red"] - means["blue"] == pytest.approx(10, rel=0.2)


def test_the_same_study_gives_the_same_bytes(classes: tuple[Path, Reliance], tmp_path: Path) -> None:
    folder, _ = classes
    rely(folder / "data", folder / "train", tmp_path)
    assert (tmp_path / "reliance.json").read_bytes() == (folder / "out/reliance.json").read_bytes()


def test_columns_are_gone_through_in_their_own_values_however_they_are_encoded(tmp_path: Path) -> None:
    for name, data in (("ordinal", {"ordinal": {"colour": [*COLOURS]}}), ("means", {"one_hot": 2})):
        found = relied(tmp_path / name, preprocess=Preprocess(transform="quantile"), **data)
        curves = {own.column: own for own in found.dependences}
        assert 3 < min(curves["size"].values) < max(curves["size"].values) < 18
        assert len(curves["size"].values) == 20
        likely = dict(zip(curves["colour"].values, np.array(curves["colour"].curves)[1].mean(axis=1), strict=True))
        assert {*likely} == {*COLOURS}
        assert likely["red"] - 0.2 > max(likely["green"], likely["blue"])


def test_a_date_is_gone_through_by_days_that_there_are(tmp_path: Path) -> None:
    text = "day,target\n" + "".join(f"2024-{1 + row % 12:02}-01,{'ab'[row % 12 > 5]}\n" for row in range(400))
    found = relied(tmp_path, text=text, ignore=[])
    own = found.dependences[0]
    assert {*own.values} <= {f"2024-{month:02}-01" for month in range(1, 13)}
    assert np.array(own.curves)[1, 0].mean() < 0.2
    assert np.array(own.curves)[1, -1].mean() > 0.8


def test_where_classes_are_unequal_what_counts_is_balanced_accuracy(tmp_path: Path) -> None:
    found = relied(tmp_path, "few")
    assert found.metric == "balanced_accuracy"
    assert found.ranked[0][0] == "size"
    assert found.columns["size"].low is not None
    assert found.columns["size"].low > 0.1


def test_rows_of_a_group_count_as_one(tmp_path: Path) -> None:
    found = relied(tmp_path, ignore=[], group="group")
    assert {*found.columns} == {"size", "noise", "colour", "letter"}
    assert found.columns["size"].low is not None
    assert found.columns["size"].low > 0.05


def test_of_components_nothing_is_said(tmp_path: Path) -> None:
    found = relied(tmp_path / "pca", preprocess=Preprocess(pca=Pca(components=3)))
    assert (found.columns, found.dependences) == ({}, ())


class Fitted(ClassifierMixin, BaseEstimator):
    """A network as scikit-learn asks it."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.classes_ = np.array([0, 1])
        self.fitted_ = True

    def fit(self, x: Any, y: Any) -> "Fitted":
        return self

    def predict_proba(self, x: Any) -> np.ndarray:
        outputs = self.network(x.astype(np.float32)).astype(np.float64)
        likely = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return likely / likely.sum(axis=1, keepdims=True)


def _networks(folder: Path) -> tuple[list[Any], list[str]]:
    """Each seed's network as a function of prepared rows, by hand; and the features' names."""
    names = list(Preparation.read(folder / "data").encoding.feature_names or ())
    features = len(names)

    def network(values: np.ndarray) -> Any:
        # The weights of all layers stand first.
        first, second, bias, last = np.split(values, np.cumsum([features * 16, 32, 16]))
        return lambda x: np.maximum(x @ first.reshape(features, 16) + bias, 0) @ second.reshape(16, 2) + last

    return [network(values) for values in read_weights(folder / "train")], names
