"""Tests of the stage `prepare`: what lies in its folder, for each source."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from mindgap.data.digest import source_digest
from mindgap.data.overview import Overview
from mindgap.data.prepared import Dataset, SplitName, open_rows, open_split
from mindgap.data.sources import SOURCES
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.load import study_of
from mindgap.params.preprocess import Preprocess
from mindgap.params.sources.diabetes import Diabetes
from mindgap.stages.prepare import prepare
from tests.driver import ROOT

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
PETS = "size,fur,kind\n" + "".join(
    f"{row},{'long' if row % 3 else 'short'},{'cat' if row % 2 else 'dog'}\n" for row in range(30)
)


def prepared(folder: Path, preprocess: Preprocess | None = None, seed: int = 0, **data: Any) -> Dataset:
    folder.mkdir()
    prepare(ADAPTER.validate_python(data), preprocess or Preprocess(), seed, folder)
    return Dataset.read(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_digits_are_prepared(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", source="digits")
    assert dataset.classes == tuple("0123456789")
    assert (dataset.name, dataset.task, dataset.image_shape, dataset.features) == (
        "digits",
        "classification",
        (8, 8, 1),
        64,
    )
    assert (dataset.target, dataset.outputs) == (None, 10)
    assert sum(dataset.rows.values()) == 1797
    # The class counts of the bundled file, as scikit-learn's description of the data set lists them.
    assert np.sum(list(dataset.class_counts.values()), axis=0).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]
    for name in get_args(SplitName):
        split = open_split(tmp_path / "out", name)
        assert split.x.shape == (dataset.rows[name], 64)
        assert np.bincount(split.y).tolist() == dataset.class_counts[name]
        assert split.unit == 1.0


def test_arrays_are_read_only_maps_of_the_promised_types(tmp_path: Path) -> None:
    prepared(tmp_path / "out", source="digits")
    split = open_split(tmp_path / "out", "train")
    assert isinstance(split.x, np.memmap)
    assert (split.x.dtype, split.y.dtype) == (np.float32, np.int64)
    assert split.x.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        split.x[0, 0] = 1.0


def test_statistics_come_from_the_training_rows_alone(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", source="digits")
    train, val = open_split(tmp_path / "out", "train").x, open_split(tmp_path / "out", "val").x
    assert np.allclose(train.mean(axis=0), 0.0, atol=1e-6)
    varying = train.std(axis=0) > 0
    assert np.allclose(train[:, varying].std(axis=0), 1.0, atol=1e-5)
    assert np.count_nonzero(~varying) == dataset.constant_features
    assert np.abs(val.mean(axis=0)).max() > 1e-3


def test_pixels_lie_between_zero_and_one_without_centre_and_scale(tmp_path: Path) -> None:
    prepared(tmp_path / "out", Preprocess(center="none", scale="none"), source="digits")
    x = open_split(tmp_path / "out", "train").x
    assert (x.min(), x.max()) == (0.0, 1.0)


def test_what_is_stored_prepares_new_rows_alike(tmp_path: Path) -> None:
    prepared(tmp_path / "out", source="digits")
    prepared(tmp_path / "raw", Preprocess(center="none", scale="none"), source="digits")
    fitted = np.load(tmp_path / "out" / "preprocessing.npz", allow_pickle=False)
    assert (fitted["mean"].dtype, fitted["scale"].shape) == (np.float64, (64,))
    raw = open_split(tmp_path / "raw", "test").x
    assert np.allclose((raw - fitted["mean"]) / fitted["scale"], open_split(tmp_path / "out", "test").x, atol=1e-5)


@pytest.mark.parametrize(
    "data",
    [
        {"source": "digits"},
        {"source": "synthetic", "kind": "spirals", "classes": 3},
        {"source": "diabetes"},
        {"source": "synthetic", "kind": "sine"},
    ],
)
def test_equal_params_give_equal_bytes_and_another_seed_others(tmp_path: Path, data: dict[str, Any]) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        prepared(tmp_path / name, seed=seed, **data)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "three")


def test_categories_become_features_of_the_training_rows_categories(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text(PETS)
    dataset = prepared(
        tmp_path / "out", Preprocess(center="none", scale="none"), source="csv", path=str(tmp_path / "pets.csv")
    )
    assert dataset.feature_names == ("size", "fur=long", "fur=short")
    assert dataset.classes == ("cat", "dog")
    x = open_split(tmp_path / "out", "train").x
    assert np.array_equal(x[:, 1], x[:, 0] % 3 > 0)
    assert np.array_equal(x[:, 2], x[:, 0] % 3 == 0)


def test_each_row_has_its_number_in_the_source(tmp_path: Path) -> None:
    prepared(tmp_path / "out", Preprocess(center="none", scale="none"), source="diabetes")
    raw, numbers = SOURCES["diabetes"].load(Diabetes(source="diabetes"), 0), []
    for name in ("train", "val", "test"):
        rows = open_rows(tmp_path / "out", name)
        np.testing.assert_allclose(open_split(tmp_path / "out", name).x, raw.x[rows], rtol=1e-6)
        numbers += rows.tolist()
    assert sorted(numbers) == list(range(442))


def test_unseen_categories_are_all_zeros_and_counted(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text(PETS)
    (tmp_path / "test.csv").write_text("size,fur,kind\n1,long,cat\n2,none,dog\n")
    dataset = prepared(
        tmp_path / "out",
        Preprocess(center="none", scale="none"),
        source="csv",
        path=str(tmp_path / "pets.csv"),
        test_path=str(tmp_path / "test.csv"),
        test_fraction=None,
    )
    assert open_split(tmp_path / "out", "test").x.tolist() == [[1.0, 1.0, 0.0], [2.0, 0.0, 0.0]]
    assert dataset.unseen_categories == {"train": 0, "val": 0, "test": 1}
    assert dataset.identifiers == ()


def test_a_column_whose_texts_are_mostly_new_in_validation_is_named_as_an_identifier(tmp_path: Path) -> None:
    lines = [f"p{row},{'red' if row % 2 else 'blue'},{row % 3}" for row in range(60)]
    path = tmp_path / "ids.csv"
    path.write_text("\n".join(["patient,colour,kind", *lines]))
    assert prepared(tmp_path / "out", source="csv", path=str(path)).identifiers == ("patient",)


def test_missing_cells_get_the_training_rows_median_and_mode(tmp_path: Path) -> None:
    # The test file's own values are far off, so that they would show in the median and the mode.
    (tmp_path / "pets.csv").write_text("size,fur,kind\n" + "1,long,cat\n,?,dog\n1,long,dog\n9,curly,cat\n" * 5)
    (tmp_path / "test.csv").write_text("size,fur,kind\n,,cat\n" + "1000,short,dog\n" * 50)
    prepared(
        tmp_path / "out",
        Preprocess(center="none", scale="none"),
        source="csv",
        path=str(tmp_path / "pets.csv"),
        missing="impute",
        test_path=str(tmp_path / "test.csv"),
        test_fraction=None,
    )
    assert open_split(tmp_path / "out", "test").x[0].tolist() == [1.0, 0.0, 1.0]
    columns = json.loads((tmp_path / "out" / "preprocessing.json").read_text())["columns"]
    assert [(column["kind"], column["imputed"]) for column in columns] == [("number", 1.0), ("category", "long")]


def test_cells_that_are_made_missing_are_imputed_in_training_alone(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text("size,fur,kind\n" + "1,long,cat\n2,long,dog\n4,curly,dog\n8,curly,cat\n" * 20)
    data = {"source": "csv", "path": str(tmp_path / "pets.csv")}
    raw = Preprocess(center="none", scale="none")
    prepared(tmp_path / "without", raw, **data)
    prepared(tmp_path / "with", raw, **data, blanks=0.5)
    columns = json.loads((tmp_path / "with" / "preprocessing.json").read_text())["columns"]
    for name in ("train", "val", "test"):
        whole, blank = (open_split(tmp_path / folder, name).x for folder in ("without", "with"))
        changed = blank != whole
        assert changed.any() == (name == "train")
        assert set(blank[changed[:, 0], 0]) <= {columns[0]["imputed"]}
        assert not set(blank.sum(axis=1) - blank[:, 0]) - {1.0}  # one kind of fur each


def test_a_column_that_is_missing_in_all_training_rows_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "pets.csv").write_text("size,fur,kind\n" + "1,,cat\n2,,dog\n" * 20)
    found = prepared(tmp_path / "out", source="csv", path=str(tmp_path / "pets.csv"), missing="impute")
    assert found.feature_names == ("size",)
    overview = Overview.of(tmp_path / "out")
    assert overview is not None
    assert {column.name: str(column.dropped) for column in overview.columns if column.dropped} == {
        "fur": "missing in all training rows"
    }


@pytest.mark.parametrize("size", ["1e39", "1e300"])
def test_values_beyond_32_bits_are_refused_with_their_feature(tmp_path: Path, size: str) -> None:
    (tmp_path / "pets.csv").write_text(f"size,kind\n{size},cat\n-{size},dog\n" + "1,cat\n1,dog\n" * 8)
    with pytest.raises(UserError, match="feature 'size' holds values too large"):
        prepared(tmp_path / "out", Preprocess(scale="none"), source="csv", path=str(tmp_path / "pets.csv"))


@pytest.mark.parametrize(
    ("data", "task"),
    [
        ({"source": "digits"}, "classification"),
        ({"source": "mnist"}, "classification"),
        ({"source": "csv", "path": "a.csv"}, "classification"),
        ({"source": "csv", "path": "a.csv", "task": "regression"}, "regression"),
        ({"source": "npz", "path": "a.npz"}, "classification"),
        ({"source": "npz", "path": "a.npz", "task": "regression"}, "regression"),
        ({"source": "diabetes"}, "regression"),
        ({"source": "synthetic"}, "classification"),
        ({"source": "synthetic", "kind": "sine"}, "regression"),
    ],
)
def test_each_source_has_a_task(data: dict[str, Any], task: str) -> None:
    assert ADAPTER.validate_python(data).task == task


def test_measurements_are_standardised_by_the_training_rows(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", source="diabetes")
    assert (dataset.name, dataset.task, dataset.classes, dataset.class_counts) == ("diabetes", "regression", (), {})
    assert (dataset.outputs, dataset.features, sum(dataset.rows.values())) == (1, 10, 442)
    assert dataset.target is not None
    assert dataset.target.name == "disease progression"
    train = open_split(tmp_path / "out", "train")
    assert (train.y.dtype, train.y.shape, train.unit) == (np.float32, (dataset.rows["train"],), dataset.target.scale)
    assert abs(train.y.astype(np.float64).mean()) < 1e-7
    assert abs(train.y.astype(np.float64).std() - 1) < 1e-7
    for name in get_args(SplitName):
        y = open_split(tmp_path / "out", name).y.astype(np.float64) * dataset.target.scale + dataset.target.mean
        found = {"mean": y.mean(), "std": y.std(), "least": y.min(), "greatest": y.max()}
        assert dataset.target.splits[name] == pytest.approx(found, rel=1e-5)


def test_a_table_of_measurements_is_prepared_by_hand_worked_numbers(tmp_path: Path) -> None:
    # Where a is 1 the size is 1, and 5 where it is 2; how many of each the training rows hold, their x shows.
    (tmp_path / "own.csv").write_text("a,size\n" + "1,1\n2,5\n" * 20)
    (tmp_path / "test.csv").write_text("a,size\n7,30\n8,-30\n")
    given = {"path": str(tmp_path / "own.csv"), "test_path": str(tmp_path / "test.csv"), "test_fraction": None}
    dataset = prepared(tmp_path / "out", source="csv", task="regression", **given)
    target = dataset.target
    assert target is not None
    assert target.name == "size"
    train, test = (open_split(tmp_path / "out", name) for name in ("train", "test"))
    ones = int((train.x[:, 0] < 0).sum())
    mean = (ones + 5 * (len(train.y) - ones)) / len(train.y)
    # Of values 1 and 5 with the mean m, the variance is (m - 1) (5 - m).
    assert target.mean == pytest.approx(mean, rel=1e-15)
    assert target.scale == pytest.approx(np.sqrt((mean - 1) * (5 - mean)), rel=1e-15)
    assert test.y.tolist() == pytest.approx([(30 - mean) / target.scale, (-30 - mean) / target.scale], rel=1e-6)
    assert target.splits["test"] == {"mean": 0.0, "std": 30.0, "least": -30.0, "greatest": 30.0}


def test_merged_classes_are_split_and_named_as_one(tmp_path: Path) -> None:
    merge = [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
    dataset = prepared(tmp_path / "out", source="digits", merge=merge)
    assert dataset.classes == ("0, 2, 4, 6, 8", "1, 3, 5, 7, 9")
    digits = SOURCES["digits"].load(ADAPTER.validate_python({"source": "digits"}), 0).y
    for name in get_args(SplitName):
        assert np.array_equal(open_split(tmp_path / "out", name).y, digits[open_rows(tmp_path / "out", name)] % 2)
    # 891 even and 906 odd digits, of which a fifth is 178.2 and 181.2, together 359.4: 359.
    assert dataset.class_counts["test"] == dataset.class_counts["val"] == [178, 181]


def test_means_and_deviations_are_of_the_training_rows_that_are_kept(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", source="diabetes", train_rows=50)
    train = open_split(tmp_path / "out", "train")
    assert (dataset.rows["train"], train.x.shape, train.y.shape) == (50, (50, 10), (50,))
    for values in (train.x.astype(np.float64), train.y.astype(np.float64)):
        assert np.abs(values.mean(axis=0)).max() < 1e-6
        assert np.abs(values.std(axis=0) - 1).max() < 1e-6


def test_all_training_rows_by_their_number_are_all_training_rows(tmp_path: Path) -> None:
    rows = prepared(tmp_path / "all", source="digits").rows["train"]
    prepared(tmp_path / "number", source="digits", train_rows=rows)
    assert contents(tmp_path / "all") == contents(tmp_path / "number")


def test_a_target_is_standardised_with_its_outliers(tmp_path: Path) -> None:
    without = prepared(tmp_path / "without", source="diabetes").target
    dataset = prepared(tmp_path / "with", source="diabetes", outliers=0.1)
    target, wrong = dataset.target, round(0.1 * dataset.rows["train"])
    assert without is not None
    assert target is not None
    assert dataset.wrong_targets == wrong
    share = wrong / dataset.rows["train"]
    assert target.mean == pytest.approx(without.mean + 10 * share * without.scale, rel=1e-12)
    y = open_split(tmp_path / "with", "train").y.astype(np.float64)
    assert (y.mean(), y.std()) == pytest.approx((0, 1), abs=1e-6)
    assert {name: target.splits[name] for name in ("val", "test")} == {
        name: without.splits[name] for name in ("val", "test")
    }


def test_wrong_labels_are_counted(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", source="digits", train_rows=200, label_noise=0.1)
    assert (dataset.rows["train"], dataset.wrong_targets) == (200, 20)
    digits = SOURCES["digits"].load(ADAPTER.validate_python({"source": "digits"}), 0).y
    for name, wrong in (("train", 20), ("val", 0), ("test", 0)):
        y, rows = open_split(tmp_path / "out", name).y, open_rows(tmp_path / "out", name)
        assert np.count_nonzero(y != digits[rows]) == wrong
        assert np.bincount(y, minlength=10).tolist() == dataset.class_counts[name]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"source": "digits", "train_rows": 1080}, "data.train_rows is 1080, but there are 1079 training rows"),
        ({"source": "digits", "train_rows": 9}, "at least 10 is needed, one of each class. Write a number from 10"),
        ({"source": "diabetes", "train_rows": 1}, "different values of the target 'disease progression' in each"),
        ({"source": "digits", "merge": [[0, 10]]}, "data.merge: there is no class '10'"),
        ({"source": "digits", "train_rows": 20, "label_noise": 0.02}, "data.label_noise: 0.02 of 20 training rows is"),
    ],
)
def test_what_the_data_do_not_allow_is_refused(tmp_path: Path, data: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        prepared(tmp_path / "out", **data)
    assert str(caught.value).startswith(f"{data['source']} (data.source): ")
    assert words in str(caught.value)


def test_classes_are_named_by_text_whatever_yaml_reads() -> None:
    merge = ADAPTER.validate_python({"source": "digits", "merge": [[0, 2.0, "4"], [1.5, "no"]]}).merge
    assert merge == (("0", "2", "4"), ("1.5", "no"))


@pytest.mark.parametrize("path", sorted((ROOT / "params/tasks").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_task_of_the_claims_is_a_study_whose_data_can_be_prepared(tmp_path: Path, path: Path) -> None:
    blocks = yaml.safe_load(path.read_text())
    study = study_of({"study": path.stem, **blocks}, [(str(path), blocks)])
    prepare(study.data, study.preprocess, study.seed, tmp_path)
    assert min(Dataset.read(tmp_path).rows.values()) > 0
    assert path.read_text().startswith("# ")


def test_the_mean_image_needs_images(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"preprocess\.center: image needs images"):
        prepared(tmp_path / "out", Preprocess(center="image"), source="synthetic")


def test_npz_images_are_prepared_by_channel(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 2, 3), dtype=np.uint8)
    np.savez(tmp_path / "own.npz", x=images, y=np.arange(40) % 2)
    dataset = prepared(
        tmp_path / "out", Preprocess(center="channel", scale="none"), source="npz", path=str(tmp_path / "own.npz")
    )
    assert dataset.image_shape == (3, 2, 3)
    x = open_split(tmp_path / "out", "train").x.reshape(-1, 6, 3)
    assert np.allclose(x.mean(axis=(0, 1)), 0.0, atol=1e-6)


def test_every_source_of_the_params_is_registered() -> None:
    union = get_args(Data)[0]
    named = [name for block in get_args(union) for name in get_args(block.model_fields["source"].annotation)]
    assert sorted(named) == sorted(SOURCES)


def test_the_digest_follows_content_not_path_or_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(PETS)
    two.write_text(PETS)
    first = source_digest(ADAPTER.validate_python({"source": "csv", "path": str(one)}))
    os.utime(one, (0, 0))
    assert source_digest(ADAPTER.validate_python({"source": "csv", "path": str(one)})) == first
    assert source_digest(ADAPTER.validate_python({"source": "csv", "path": str(two)})) == first
    two.write_text(PETS.replace("29,", "30,"))
    assert source_digest(ADAPTER.validate_python({"source": "csv", "path": str(two)})) != first


def test_the_test_files_content_enters_the_digest(tmp_path: Path) -> None:
    path, test = tmp_path / "pets.csv", tmp_path / "test.csv"
    path.write_text(PETS)
    data = ADAPTER.validate_python({"source": "csv", "path": str(path), "test_path": str(test), "test_fraction": None})
    with pytest.raises(UserError, match=r"data\.test_path: there is no file"):
        source_digest(data)
    test.write_text(PETS)
    first = source_digest(data)
    test.write_text(PETS + "31,long,cat\n")
    assert source_digest(data) != first


def test_planning_and_training_import_no_heavy_library() -> None:
    code = (
        "import sys, mindgap.data.digest, mindgap.data.prepared\n"
        "print(sorted({'sklearn', 'pandas', 'mlflow', 'optuna', 'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"source": "mnist", "test_fraction": 0.2}, "write test_fraction: null"),
        ({"source": "digits", "test_fraction": None}, "write a share between 0 and 1"),
        ({"source": "csv", "path": "a.csv", "test_path": "b.csv"}, "write test_fraction: null"),
        ({"source": "csv", "path": "a.csv", "test_fraction": None}, "there is no test_path"),
        ({"source": "digits", "val_fraction": 0.5, "test_fraction": 0.5}, "leave no rows to train"),
        ({"source": "csv", "path": "a.csv", "target": True}, "the name of a column or its index"),
        ({"source": "synthetic", "kind": "xor", "classes": 3}, "kind xor has 2 classes"),
        ({"source": "synthetic", "kind": "sine", "classes": 3}, "kind sine has no classes: leave out classes"),
        ({"source": "diabetes", "test_fraction": None}, "write a share between 0 and 1"),
        ({"source": "csv", "path": "a.csv", "task": "ranking"}, "'classification' or 'regression'"),
        ({"source": "digits", "merge": [0, 1]}, r"groups of two classes or more are needed, such as"),
        ({"source": "digits", "merge": [[0]]}, r"groups of two classes or more are needed.*not \[\[0\]\]"),
        ({"source": "digits", "merge": [[0, 1], [1, "2", 2]]}, "a class goes into one group, once.*'1', '2'"),
        ({"source": "digits", "merge": [["yes", True]]}, "the name of a class is needed here, not True"),
        ({"source": "digits", "train_rows": 0}, "greater than or equal to 1"),
        ({"source": "digits", "label_noise": 1}, "less than 1"),
        ({"source": "diabetes", "outliers": -0.1}, "greater than or equal to 0"),
    ],
)
def test_params_that_contradict_each_other_are_refused(data: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ADAPTER.validate_python(data)
