"""A saved model says of raw rows what the engine says, in the same bits for ever, and a wrong file is refused."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, r2_score
from sklearn.utils.validation import check_is_fitted

import mindgap
from mindgap.cli import main
from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.data.sources import SOURCES
from mindgap.data.splits import split
from mindgap.errors import UserError
from mindgap.models.file import load_model, save_model
from mindgap.models.model import TrainedModel, winning_model
from mindgap.nn.population import Population
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.params.run import RunSpec
from mindgap.results.weights import read_weights
from mindgap.sklearn import load_estimator
from mindgap.stages.prepare import prepare
from mindgap.stages.runs import run_candidates
from mindgap.stages.train import select
from mindgap.training.measure import CHUNK, outputs_by_chunk
from mindgap.training.networks import population_of

PETS = "size,fur,kind\n" + "".join(
    f"{row if row % 5 else ''},{['?', 'long', 'short'][row % 3]},{'cat' if row % 2 else 'dog'}\n" for row in range(60)
)
CONVOLUTION = [{"filters": 5, "padding": 1}, {"filters": 4, "kernel": 2, "stride": 2, "pool": {"kind": "mean"}}]
KINDS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}),
    ({"pca": {"components": 9, "whiten": True}}, {"hidden": [], "init": "xavier"}, {"loss": "hinge"}),
    ({}, {"activation": "prelu", "normalization": "batch"}, {"dropout": 0.2, "dropout_form": "vanilla"}),
    ({"scale": "none"}, {"activation": "maxout", "pieces": 3, "normalization": "layer"}, {"input_dropout": 0.1}),
    ({"center": "image"}, {"activation": "gelu", "normalization": "instance", "normalization_groups": 4}, {}),
    ({}, {"convolution": CONVOLUTION, "normalization": "batch"}, {"channel_dropout": 0.2, "dropout": 0.1}),
    ({"scale": "none"}, {"convolution": CONVOLUTION[1:], "hidden": [], "activation": "maxout"}, {"input_dropout": 0.1}),
]


class Trained:
    """Data prepared and a winner trained for two epochs with two seeds, by the stages themselves."""

    def __init__(
        self,
        folder: Path,
        data: dict[str, Any],
        preprocess: dict[str, Any] | None = None,
        model: dict[str, Any] | None = None,
        train: dict[str, Any] | None = None,
    ) -> None:
        self.folder, self.data = folder, folder / "prepare"
        for name in ("prepare", "runs", "train"):
            (folder / name).mkdir(parents=True)
        self.source = TypeAdapter(Data).validate_python(data)
        prepare(self.source, Preprocess.model_validate(preprocess or {}), 0, self.data)
        plain = {"model": {"hidden": [8], **(model or {})}, "train": {"epochs": 2, **(train or {})}, "seed": 0}
        self.spec = RunSpec(**plain)
        params = {
            "run": self.spec.model_dump(mode="json"),
            "candidates": 1,
            "seeds": 2,
            "objective": "val_loss",
            "slice": [0, 2],
        }
        run_candidates(params, self.data, None, folder / "runs")
        select(params, [folder / "runs"], None, folder / "train")
        self.path = folder / "saved.npz"
        save_model(winning_model(self.data, folder / "train"), self.path)

    def engine(self) -> Population:
        """The first seed's network, as it was trained."""
        dataset = Dataset.read(self.data)
        network = population_of([self.spec], dataset.features, dataset.outputs, CHUNK, image=dataset.image_shape)
        network.values[:] = read_weights(self.folder / "train")[0]
        return network

    def test_split(self) -> tuple[np.ndarray, Split]:
        """The raw rows of the test split, and the prepared ones."""
        raw = SOURCES[self.source.source].load(self.source, 0)
        rows = split(raw, val_fraction=self.source.val_fraction, test_fraction=self.source.test_fraction, seed=0).test
        return raw.x[rows], open_split(self.data, "test")


def test_a_saved_threshold_decides_between_two_classes(tmp_path: Path) -> None:
    trained = Trained(tmp_path, {"source": "breast_cancer"})
    model = winning_model(trained.data, tmp_path / "train")
    assert model.threshold is None
    raw, _ = trained.test_split()
    margins = np.diff(model.outputs(raw).astype(np.float64), axis=1)[:, 0]
    cut = float(np.median(margins))
    save_model(replace(model, threshold=cut), tmp_path / "decided.npz")
    loaded = load_model(tmp_path / "decided.npz")
    assert loaded.threshold == cut
    np.testing.assert_array_equal(loaded.predict(raw), np.array(model.classes)[(margins > cut).astype(int)])
    assert (loaded.predict(raw) != model.predict(raw)).any()


def test_a_file_has_the_lowest_format_that_holds_what_is_in_it(digits: "Trained", pets: "Trained") -> None:
    def format_of(path: Path) -> int:
        found: int = json.loads(contents(path)["header"].tobytes())["format"]
        return found

    assert (format_of(digits.path), format_of(pets.path)) == (2, 4)
    model = load_model(pets.path)
    both = pets.folder / "both.npz"
    save_model(replace(model, threshold=0.25), both)
    assert format_of(both) == 5
    again = load_model(both)
    assert again.threshold == 0.25
    assert again.preparation.description() == model.preparation.description()


def engine_outputs(network: Population, x: np.ndarray) -> np.ndarray:
    return np.concatenate([outputs[0].copy() for _, outputs in outputs_by_chunk(network, x)])


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(tmp_path_factory.mktemp("digits"), {"source": "digits"})


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("pets")
    (folder / "pets.csv").write_text(PETS)
    return Trained(folder / "out", {"source": "csv", "path": str(folder / "pets.csv"), "missing": "impute"})


@pytest.mark.parametrize(("preprocess", "model", "train"), KINDS)
def test_a_saved_model_says_of_raw_rows_what_the_engine_says_of_prepared_ones(
    tmp_path: Path, preprocess: dict[str, Any], model: dict[str, Any], train: dict[str, Any]
) -> None:
    trained = Trained(tmp_path, {"source": "digits"}, preprocess, model, train)
    raw, prepared = trained.test_split()
    loaded, network = load_model(trained.path), trained.engine()
    classes = np.array(Dataset.read(trained.data).classes)
    assert loaded.predict(raw).tolist() == classes[engine_outputs(network, prepared.x).argmax(axis=1)].tolist()
    assert np.allclose(loaded.outputs(raw)[:CHUNK], network.forward(prepared.x[:CHUNK])[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("preprocess", "model", "train"), KINDS)
def test_a_row_gets_the_same_bits_alone_and_among_others(
    tmp_path: Path, preprocess: dict[str, Any], model: dict[str, Any], train: dict[str, Any]
) -> None:
    trained = Trained(tmp_path, {"source": "digits"}, preprocess, model, train)
    raw, _ = trained.test_split()
    loaded = load_model(trained.path)
    together = loaded.outputs(raw)
    for row in (0, 1, 100, 255, 256, len(raw) - 1):
        assert np.array_equal(loaded.outputs(raw[row : row + 1])[0], together[row])
    assert np.array_equal(loaded.outputs(raw[::-1]), together[::-1])


def test_another_process_with_more_threads_predicts_the_same_bits(digits: Trained) -> None:
    raw, _ = digits.test_split()
    np.savez(digits.folder / "rows.npz", x=raw)
    program = (
        "import sys, hashlib; from pathlib import Path; from mindgap.models.file import load_model;"
        "found = load_model(Path(sys.argv[1])).probabilities(Path(sys.argv[2]));"
        "print(hashlib.sha256(found.tobytes()).hexdigest())"
    )
    more = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    arguments = [sys.executable, "-c", program, str(digits.path), str(digits.folder / "rows.npz")]
    there = subprocess.run(arguments, env=more, capture_output=True, text=True, check=True).stdout.strip()
    assert there == hashlib.sha256(load_model(digits.path).probabilities(raw).tobytes()).hexdigest()


def test_the_model_is_the_network_of_the_first_seed_with_its_params_and_names(digits: Trained) -> None:
    model = load_model(digits.path)
    first, second = read_weights(digits.folder / "train")
    assert np.array_equal(model.values, first)
    assert not np.array_equal(model.values, second)
    assert model.spec == digits.spec.model_dump(mode="json", include={"model", "train"})
    assert model.classes == tuple("0123456789")
    assert model.image_shape == (8, 8, 1)
    assert model.feature_names is None


def test_a_model_saved_twice_or_loaded_in_between_has_the_same_bytes_and_no_pickle(digits: Trained) -> None:
    again = digits.folder / "again.npz"
    save_model(load_model(digits.path), again)
    assert again.read_bytes() == digits.path.read_bytes()
    with np.load(again, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


def test_probabilities_are_the_softmax_of_the_outputs(digits: Trained) -> None:
    model = load_model(digits.path)
    outputs = np.log(np.array([[1, 3, 4], [2, 2, 4]], np.float32)) + np.float32(500)
    assert np.allclose(model.softmax(outputs), [[0.125, 0.375, 0.5], [0.25, 0.25, 0.5]], atol=1e-4)
    raw, _ = digits.test_split()
    probabilities = model.probabilities(raw)
    assert probabilities.shape == (len(raw), 10)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert np.array_equal(np.array(model.classes)[probabilities.argmax(axis=1)], model.predict(raw))


def test_of_equal_outputs_the_first_class_is_chosen(digits: Trained) -> None:
    assert load_model(digits.path).answers(np.array([[0, 2, 2]], np.float32)).tolist() == ["1"]


def test_a_network_of_scores_has_no_probabilities(digits: Trained) -> None:
    model = load_model(digits.path)
    scores = replace(model, spec={**model.spec, "train": {**model.spec["train"], "loss": "hinge"}})
    with pytest.raises(UserError, match="train.loss: hinge, whose outputs are no probabilities"):
        scores.probabilities(np.zeros((1, 64)))


@pytest.mark.parametrize("form", ["inverted", "vanilla"])
def test_monte_carlo_dropout_spreads_around_the_networks_own_answer(tmp_path: Path, form: str) -> None:
    train = {"dropout": 0.3, "dropout_form": form, "epochs": 20}
    trained = Trained(tmp_path, {"source": "digits"}, None, {"hidden": [64]}, train)
    model, raw = load_model(trained.path), SOURCES["digits"].load(trained.source, 0).x[:300]
    mean, deviation = model.monte_carlo(raw, passes=200)
    plain = model.probabilities(raw)
    assert np.abs(mean - plain).mean() < 0.02
    assert deviation.min() >= 0
    unsure = plain.max(axis=1) < 0.8
    spread = deviation[np.arange(300), plain.argmax(axis=1)]
    assert spread[unsure].mean() > 3 * spread[~unsure].mean()
    np.testing.assert_array_equal(model.monte_carlo(raw, passes=5)[0], model.monte_carlo(raw, passes=5)[0])


def test_maps_that_are_left_out_spread_too(tmp_path: Path) -> None:
    train = {"channel_dropout": 0.3, "epochs": 10}
    trained = Trained(tmp_path, {"source": "digits"}, None, {"convolution": CONVOLUTION[:1], "hidden": []}, train)
    model, raw = load_model(trained.path), trained.test_split()[0]
    mean, deviation = model.monte_carlo(raw, passes=100)
    plain = model.probabilities(raw)
    assert np.abs(mean - plain).mean() < 0.05
    spread = deviation[np.arange(len(raw)), plain.argmax(axis=1)]
    unsure = plain.max(axis=1) < 0.8
    assert 0 < spread[~unsure].mean() < spread[unsure].mean()


def test_a_model_with_convolution_has_a_format_that_earlier_versions_do_not_read(tmp_path: Path) -> None:
    trained = Trained(tmp_path, {"source": "digits"}, None, {"convolution": CONVOLUTION})
    assert json.loads(contents(trained.path)["header"].tobytes())["format"] == 3
    model = load_model(trained.path)
    assert model.architecture == trained.engine().architecture
    again = tmp_path / "again.npz"
    save_model(model, again)
    assert again.read_bytes() == trained.path.read_bytes()
    np.savez(tmp_path / "rows.npz", x=SOURCES["digits"].load(trained.source, 0).x[:7].reshape(7, 8, 8))
    assert model.predict(tmp_path / "rows.npz").shape == (7,)


def test_in_monte_carlo_dropout_inputs_are_as_in_use(tmp_path: Path) -> None:
    train = {"dropout": 1e-9, "input_dropout": 0.5, "dropout_form": "vanilla"}
    trained = Trained(tmp_path, {"source": "digits"}, train=train)
    model, raw = load_model(trained.path), trained.test_split()[0]
    np.testing.assert_allclose(model.monte_carlo(raw, passes=2)[0], model.probabilities(raw), atol=1e-6)


def test_without_dropout_there_is_no_spread(digits: Trained) -> None:
    with pytest.raises(UserError, match="trained without dropout"):
        load_model(digits.path).monte_carlo(np.zeros((1, 64)))


def test_rows_may_come_as_an_array_or_as_a_file_of_it(digits: Trained, tmp_path: Path) -> None:
    raw, _ = digits.test_split()
    np.savez(tmp_path / "rows.npz", x=raw, y=np.array([None], object))
    model = load_model(digits.path)
    assert np.array_equal(model.outputs(tmp_path / "rows.npz"), model.outputs(raw))
    np.savez(tmp_path / "rows.npz", z=raw)
    with pytest.raises(UserError, match="holds no array x"):
        model.predict(tmp_path / "rows.npz")


def test_images_have_the_sides_that_training_knew(digits: Trained) -> None:
    model, raw = load_model(digits.path), np.arange(2 * 64.0).reshape(2, 64) % 17
    for shape in ((8, 8), (8, 8, 1), (1, 8, 8)):
        np.testing.assert_array_equal(model.outputs(raw.reshape(2, *shape)), model.outputs(raw))
    wide = replace(model, image_shape=(4, 8, 2))
    for shape in ((8, 8), (8, 4, 2), (2, 4, 8)):
        with pytest.raises(UserError, match=rf"images of {' x '.join(map(str, shape))}; .* trained on 4 x 8 x 2"):
            wide.outputs(raw.reshape(2, *shape))
    assert len(wide.outputs(raw.reshape(2, 4, 8, 2))) == 2


def test_the_rows_of_a_table_come_as_a_file_like_the_one_trained_on(pets: Trained, tmp_path: Path) -> None:
    _, prepared = pets.test_split()
    table = SOURCES["csv"].load(pets.source, 0)
    rows = split(table, val_fraction=pets.source.val_fraction, test_fraction=pets.source.test_fraction, seed=0).test
    lines = PETS.splitlines()
    (tmp_path / "new.csv").write_text("\n".join([lines[0], *(lines[1 + row] for row in rows)]))
    expected = np.array(["cat", "dog"])[engine_outputs(pets.engine(), prepared.x).argmax(axis=1)]
    assert load_model(pets.path).predict(tmp_path / "new.csv").tolist() == expected.tolist()


def test_all_kinds_of_files_and_a_data_frame_get_the_same_answers(pets: Trained, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(PETS)
    (tmp_path / "new.csv.gz").write_bytes(gzip.compress(PETS.encode()))
    frame = pd.read_csv(tmp_path / "new.csv", na_values="?")
    frame.to_parquet(tmp_path / "new.parquet")
    model = mindgap.load_model(str(pets.path))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        expected = model.predict(tmp_path / "new.csv").tolist()
        text = str(tmp_path / "new.csv")
        for rows in (text, tmp_path / "new.csv.gz", tmp_path / "new.parquet", frame, frame.iloc[:, ::-1]):
            assert model.predict(rows).tolist() == expected
    assert any("another order" in str(warning.message) for warning in told)
    assert model.predict(frame[:0]).tolist() == []
    frame.assign(fur=None).to_parquet(tmp_path / "bald.parquet")
    with pytest.warns(match="column 'fur': 60 of 60 cells are missing"):
        assert model.predict(tmp_path / "bald.parquet").shape == (60,)
    with pytest.raises(UserError, match="the data frame: more than one column is named 'fur'"):
        model.predict(pd.concat([frame, frame[["fur"]]], axis=1))
    with pytest.raises(UserError, match="the data frame: its columns .* missing are 'fur'"):
        model.predict(frame.drop(columns="fur"))
    with pytest.raises(UserError, match="the data frame: column 'size' holds numbers and text: row 3 'big'"):
        model.predict(
            frame.astype({"size": object}).assign(size=lambda rows: rows["size"].where(rows.index != 3, "big"))
        )


def test_what_is_true_or_false_is_the_same_in_parquet_csv_and_a_data_frame(tmp_path: Path) -> None:
    flags = np.arange(60) % 3 == 0
    frame = pd.DataFrame({"flag": flags, "code": ~flags, "size": np.arange(60) % 7, "kind": flags})
    frame.to_parquet(tmp_path / "rows.parquet")
    source = {"source": "parquet", "path": str(tmp_path / "rows.parquet"), "target": "kind", "categorical": ["code"]}
    trained = Trained(tmp_path / "out", source, train={"epochs": 20})
    model = load_model(trained.path)
    assert model.classes == ("False", "True")
    frame.astype({"flag": int}).to_csv(tmp_path / "rows.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no category is unheard of
        for rows in (frame, tmp_path / "rows.csv", tmp_path / "rows.parquet"):
            assert model.predict(rows).tolist() == [str(flag) for flag in flags]


def test_predict_tells_on_the_terminal_what_it_met(pets: Trained, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "new.csv").write_text("name,size,fur\nrex,3,silky\n")
    assert main(["predict", str(pets.path), str(tmp_path / "new.csv")]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("row,class\n0,")
    assert "not used, as the network was not trained on them: columns 'name'" in said.err
    assert "column 'fur': 1 of 1 rows hold categories that no training row had" in said.err


def test_with_a_spread_what_was_met_is_told_once(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "pets.csv").write_text(PETS)
    (tmp_path / "new.csv").write_text("size,fur\n3,silky\n")
    source = {"source": "csv", "path": str(tmp_path / "pets.csv"), "missing": "impute"}
    trained = Trained(tmp_path / "out", source, train={"dropout": 0.2})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["predict", str(trained.path), str(tmp_path / "new.csv"), "--monte-carlo", "3"]) == 0
    assert capsys.readouterr().err.count("'fur'") == 1


def test_pixels_of_0_to_1_are_told_where_training_had_larger_ones(digits: Trained, tmp_path: Path, capsys: Any) -> None:
    raw, _ = digits.test_split()
    said = "all values lie in 0..1, where those that the network was trained on go beyond"
    for rows, told in ((raw / 16, True), (raw, False), (raw[:1] * 0, False), (raw[:0], False)):
        np.savez(tmp_path / "new.npz", x=rows)
        assert main(["predict", str(digits.path), str(tmp_path / "new.npz")]) == 0
        assert (said in capsys.readouterr().err) == told
    model = load_model(digits.path)
    with pytest.warns(UserWarning, match="all values lie in 0..1"):
        model.predict(raw / 16)


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    data = {"source": "synthetic", "kind": "sine", "rows": 300}
    return Trained(tmp_path_factory.mktemp("curve"), data, train={"loss": "mse", "dropout": 0.2})


def test_a_regressions_model_says_values_in_the_targets_units(curve: Trained) -> None:
    raw, prepared = curve.test_split()
    loaded, target = load_model(curve.path), Dataset.read(curve.data).target
    assert target is not None
    expected = engine_outputs(curve.engine(), prepared.x)[:, 0] * target.scale + target.mean
    np.testing.assert_allclose(loaded.predict(raw), expected, atol=1e-5)
    assert np.array_equal(loaded.predict(raw[3:4]), loaded.predict(raw)[3:4])
    mean, deviation = loaded.monte_carlo(raw, passes=400)
    assert mean.shape == deviation.shape == (len(raw), 1)
    np.testing.assert_allclose(mean[:, 0], loaded.predict(raw), atol=5 * deviation.max() / 20 + 0.2)
    with pytest.raises(UserError, match="predicts 'y', a number, and not classes with probabilities"):
        loaded.probabilities(raw)


def test_scikit_learn_takes_a_saved_model_as_a_fitted_classifier(pets: Trained, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text(PETS)
    table = pd.read_csv(tmp_path / "new.csv", na_values="?")
    x, y = table.drop(columns="kind"), table["kind"]
    model = load_model(pets.path)
    save_model(replace(model, classes=("dog", "cat")), tmp_path / "turned.npz")  # scikit-learn sorts, sources need not
    for path, named in ((pets.path, ["cat", "dog"]), (tmp_path / "turned.npz", ["dog", "cat"])):
        estimator = clone(load_estimator(path))
        check_is_fitted(estimator)
        assert is_classifier(estimator)
        assert estimator.fit(x, y).classes_.tolist() == ["cat", "dog"]
        assert estimator.feature_names_in_.tolist() == ["size", "fur"]
        assert estimator.n_features_in_ == 2
        says = np.array(named)[model.outputs(x).argmax(axis=1)]
        assert estimator.predict(x).tolist() == says.tolist()
        assert estimator.score(x, y) == np.mean(says == y)
        likely = estimator.predict_proba(x)
        own = likely[np.arange(len(y)), np.searchsorted(["cat", "dog"], y)]
        assert log_loss(y, likely, labels=estimator.classes_) == pytest.approx(-np.log(own).mean())
        np.testing.assert_array_equal(likely[:, [*map(["cat", "dog"].index, named)]], model.probabilities(x))
        assert permutation_importance(estimator, x, y, n_repeats=2, random_state=0).importances.shape == (2, 2)


def test_scikit_learn_takes_a_saved_model_as_a_fitted_regressor(curve: Trained) -> None:
    raw, prepared = curve.test_split()
    estimator = load_estimator(str(curve.path))
    assert is_regressor(estimator)
    assert estimator.n_features_in_ == raw.shape[1]
    assert not hasattr(estimator, "feature_names_in_")
    values = load_model(curve.path).predict(raw)
    np.testing.assert_array_equal(estimator.predict(raw), values)
    true = Dataset.read(curve.data).target.restore(prepared.y)  # type: ignore[union-attr]
    assert estimator.score(raw, true) == pytest.approx(r2_score(true, values))
    model = load_model(curve.path)
    save_model(replace(model, values=0 * model.values), curve.folder / "flat.npz")
    assert np.ptp(estimator.set_params(path=str(curve.folder / "flat.npz")).predict(raw)) == 0
    with pytest.raises(UserError):
        load_estimator(curve.folder / "none.npz")


def test_a_model_of_the_first_format_is_still_read(digits: Trained, tmp_path: Path) -> None:
    arrays = contents(digits.path)
    header = json.loads(arrays["header"].tobytes()) | {"format": 1}
    del header["target"], arrays["digest"]
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    np.savez(tmp_path / "old.npz", **arrays, digest=np.frombuffer(digest.digest(), np.uint8))
    raw, _ = digits.test_split()
    assert np.array_equal(load_model(tmp_path / "old.npz").predict(raw), load_model(digits.path).predict(raw))


def test_no_rows_have_no_classes(digits: Trained) -> None:
    assert load_model(digits.path).predict(np.zeros((0, 64))).shape == (0,)


def test_a_row_that_overflows_is_refused(digits: Trained) -> None:
    model = load_model(digits.path)
    rows = np.zeros((3, 64))
    rows[1, 20] = 1e38
    with pytest.raises(UserError, match="row 1 \\(counted from 0\\), and 0 more, are so far from the training rows"):
        replace(model, values=100 * model.values).predict(rows)


def contents(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def other_header(arrays: dict[str, Any], **changes: Any) -> dict[str, Any]:
    header = json.loads(arrays["header"].tobytes()) | changes
    return {**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}


def spoilt(path: Path, kind: str) -> bytes:
    """The bytes of a file that is no sound model."""
    content, arrays, file = path.read_bytes(), contents(path), io.BytesIO()
    match kind:
        case "cut off":
            return content[:-100]
        case "text":
            return b"a,b\n1,2\n"
        case "empty":
            return b""
        case "other arrays":
            np.savez(file, parameters=arrays["values"])
        case "objects":
            np.savez(file, **{**arrays, "values": np.array([None], object)})
        case "changed value":
            arrays["values"][3] += 1
            np.savez(file, **arrays)
        case "changed class":
            np.savez(file, **other_header(arrays, classes=list("9876543210")))
        case "newer":
            np.savez(file, **other_header(arrays, format=7))
        case "no header":
            np.savez(file, **{**arrays, "header": np.array([255], np.uint8)})
        case "list":
            np.savez(file, **{**arrays, "header": np.frombuffer(b"[]", np.uint8)})
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("cut off", "no .npz archive, or it is cut off"),
        ("text", "no .npz archive, or it is cut off"),
        ("empty", "no .npz archive, or it is cut off"),
        ("other arrays", "no saved model; its arrays are parameters. A study's model is results/<study>/model.npz"),
        ("objects", "Python objects"),
        ("changed value", "content is not what was saved"),
        ("changed class", "content is not what was saved"),
        ("newer", "its format is 7, and this mindgap reads up to 6"),
        ("no header", "its header cannot be read"),
        ("list", "its header cannot be read"),
    ],
)
def test_a_file_that_is_no_sound_model_is_refused_with_the_reason(
    digits: Trained, tmp_path: Path, kind: str, words: str
) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(spoilt(digits.path, kind))
    with pytest.raises(UserError) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file .*absent.npz"):
        load_model(tmp_path / "absent.npz")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: {"values": model.values[1:]}, "of its values there are"),
        (lambda model: {"classes": model.classes[1:]}, "of its classes there are 9, where 10 are needed"),
        (
            lambda model: {"architecture": replace(model.architecture, units=(63, 8, 10))},
            "of its values there are \\(610,\\), where \\(602,\\) are needed",
        ),
        (
            lambda model: {
                "preparation": replace(
                    model.preparation,
                    standardisation=replace(model.preparation.standardisation, scale=np.ones(3)),
                )
            },
            "of its scale there are \\(3,\\), where \\(64,\\) are needed",
        ),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(
    digits: Trained, tmp_path: Path, change: Any, words: str
) -> None:
    model = load_model(digits.path)
    save_model(replace(model, **change(model)), tmp_path / "model.npz")
    with pytest.raises(UserError, match=words):
        load_model(tmp_path / "model.npz")


@given(place=st.integers(0, 2**32), mask=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(
    digits: Trained, tmp_path_factory: pytest.TempPathFactory, place: int, mask: int
) -> None:
    content = bytearray(digits.path.read_bytes())
    content[place % len(content)] ^= mask
    path = tmp_path_factory.getbasetemp() / "changed.npz"
    path.write_bytes(content)
    try:
        found: TrainedModel = load_model(path)
    except UserError:
        return
    raw, _ = digits.test_split()
    assert np.array_equal(found.outputs(raw[:5]), load_model(digits.path).outputs(raw[:5]))
