"""Tests of columns: what params declare of them, how they become features, and that only training rows are fitted."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import QuantileTransformer, TargetEncoder

from mindgap.data.apply import apply_to_csv, apply_to_parquet
from mindgap.data.dates import parse_date, written
from mindgap.data.encoded import TargetMeans
from mindgap.data.encoding import PRIOR, fit_encoding
from mindgap.data.met import Met
from mindgap.data.preparation import Description, Preparation, build_preparation
from mindgap.data.prepared import Dataset, open_split
from mindgap.data.raw import Column, Raw
from mindgap.data.sources import SOURCES
from mindgap.data.transforms import Log, Quantiles, skewness
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.sklearn.classifier import MLPClassifier
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
PLAIN = Preprocess(center="none", scale="none")
ORDERS = "id,size,zip,day,paid,kind\n" + "".join(
    f"{row},{('S', 'M', 'L')[row % 3]},{(101, 202, 303)[row % 3 - row % 2]},2024-01-{1 + row % 28:02},{row * row},"
    f"{'ab'[row % 2]}\n"
    for row in range(60)
)


def asked(folder: Path, text: str = ORDERS, **params: Any) -> Data:
    (folder / "orders.csv").write_text(text)
    return ADAPTER.validate_python({"source": "csv", "path": str(folder / "orders.csv"), **params})


def prepared(folder: Path, text: str = ORDERS, preprocess: Preprocess = PLAIN, **params: Any) -> Path:
    data = asked(folder, text, **params)
    out = folder / "out"
    out.mkdir()
    prepare(data, preprocess, 0, out)
    return out


def refusal(folder: Path, text: str = ORDERS, preprocess: Preprocess = PLAIN, **params: Any) -> str:
    with pytest.raises(UserError) as caught:
        prepared(folder, text, preprocess, **params)
    return str(caught.value)


def names(out: Path) -> tuple[str, ...]:
    return Dataset.read(out).feature_names or ()


def loaded(folder: Path, text: str = ORDERS, **params: Any) -> Raw:
    return SOURCES["csv"].load(asked(folder, text, **params), 0)


def new(folder: Path, text: str) -> Path:
    (folder / "new.csv").write_text(text)
    return folder / "new.csv"


def test_ignored_columns_are_not_read_and_may_be_missing_in_new_rows(tmp_path: Path) -> None:
    out = prepared(tmp_path, ignore=["id", 3], categorical=["zip"])
    assert names(out) == ("size=L", "size=M", "size=S", "zip=101", "zip=202", "zip=303", "paid")
    preparation = Preparation.read(out)
    bare = apply_to_csv(preparation, new(tmp_path, "size,zip,paid\nS,101,4\n"))
    full = apply_to_csv(preparation, new(tmp_path, "id,size,zip,day,paid,kind\nx,S,101,?,4,a\n"))
    assert bare.tolist() == full.tolist() == [[0, 0, 1, 1, 0, 0, 4]]


def test_numbers_that_are_codes_become_categories_however_they_are_written(tmp_path: Path) -> None:
    text = "zip,kind\n" + "7,a\n07,b\n7.0,a\n10,b\n9,a\n" * 6
    raw = loaded(tmp_path, text, categorical=["zip"])
    assert raw.columns == (Column("zip", ("7", "9", "10")),)
    assert raw.x[:5, 0].tolist() == [0, 0, 0, 2, 1]
    out = prepared(tmp_path, text, categorical=["zip"])
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "zip\n7.00\n10\n11\n"))
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_an_ordinal_column_becomes_its_place_in_the_order(tmp_path: Path) -> None:
    text = "size,grade,kind\n" + "S,3,a\nM,1,b\nL,2,a\n?,3,b\n" * 6
    order = {"size": ["S", "M", "L"], "grade": [3, 2, 1]}
    out = prepared(tmp_path, text, ordinal=order, missing="impute")
    assert names(out) == ("size", "grade")
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "size,grade\nL,3\nS,1.0\n"))
    assert found.tolist() == [[2, 0], [0, 2]]
    with pytest.raises(UserError, match=r"column 'size' .* order \(data.ordinal: S, M, L\): line 2 'XL'"):
        apply_to_csv(Preparation.read(out), new(tmp_path, "size,grade\nXL,3\n"))


def test_dates_become_days_and_angles(tmp_path: Path) -> None:
    text = "day,kind\n" + "".join(f"2024-{1 + row % 12:02}-{1 + row % 27:02},{'ab'[row % 2]}\n" for row in range(60))
    out = prepared(tmp_path, text)
    assert names(out) == ("day: days", "day: year sin", "day: year cos", "day: week sin", "day: week cos")
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "day\n1970-01-01\n1970-01-08\n1971-01-01\n"))
    assert found[:, 0].tolist() == [0, 7, 365]
    assert np.allclose(found[0, 1:], [0, 1, 0, 1])
    assert np.allclose(found[1, 3:], found[0, 3:], atol=1e-5)  # the same day of the week
    assert np.allclose(found[2, 1:3], found[0, 1:3], atol=0.01)  # the same time of the year
    with pytest.raises(UserError, match=r"column 'day' held dates in training, .*: line 2 'soon' \(1 of 2 rows\)"):
        apply_to_csv(Preparation.read(out), new(tmp_path, "day\nsoon\n1970-01-08\n"))


def test_an_angle_that_hardly_varies_in_training_is_no_feature(tmp_path: Path) -> None:
    text = "year,monday,kind\n" + "".join(
        f"{1970 + row % 12}-01-01,{date(2024, 1, 1) + timedelta(days=7 * row)},{'ab'[row % 2]}\n" for row in range(60)
    )
    out = prepared(tmp_path, text, Preprocess())
    assert names(out) == (
        "year: days", "year: week sin", "year: week cos", "monday: days", "monday: year sin", "monday: year cos",
    )  # fmt: skip
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "year,monday\n1975-07-01,2024-06-05\n"))
    assert np.abs(found).max() < 3  # standard deviations


def test_times_of_day_become_an_angle_and_dates_may_stay_categories(tmp_path: Path) -> None:
    text = "at,kind\n" + "".join(f"2024-01-0{1 + row % 3}T{row % 24:02}:30,{'ab'[row % 2]}\n" for row in range(60))
    (tmp_path / "a").mkdir()
    out = prepared(tmp_path / "a", text)
    assert names(out)[-2:] == ("at: day sin", "at: day cos")
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "at\n2024-01-01 06:00\n2024-01-01T08:00+02:00\n"))
    assert np.allclose(found[0, -2:], [1, 0], atol=1e-6)
    assert np.array_equal(found[0], found[1])
    assert names(prepared(tmp_path, ORDERS, categorical=["day"], ignore=["id"]))[3:7] == (
        "zip", "day=2024-01-01", "day=2024-01-02", "day=2024-01-03",
    )  # fmt: skip


@pytest.mark.parametrize(
    "cell", ["2024-13-01", "2024-02-30", "24-01-01", "2024-1-1", "20240101", "2024-01-01 7:00", "x"]
)
def test_what_is_no_date(cell: str) -> None:
    assert parse_date(cell) is None


@pytest.mark.parametrize("cell", ["2024-02-29", "1969-12-31", "0001-01-01", "9999-12-31 23:59:59"])
def test_dates_are_written_as_they_were_read(cell: str) -> None:
    days = parse_date(cell)
    assert days is not None
    assert written(days) == cell


def test_dates_among_which_other_texts_stand_are_refused_with_their_lines(tmp_path: Path) -> None:
    text = ORDERS.replace("2024-01-03", "3.1.24")
    assert "column 'day' holds dates and other texts: line 4 '3.1.24', line 32 '3.1.24'" in refusal(tmp_path, text)
    (tmp_path / "a").mkdir()
    assert names(prepared(tmp_path / "a", text, categorical=["day"], ignore=["id"]))


def test_parquet_has_dates_and_codes(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "day": pa.array([row % 50 for row in range(60)], pa.date32()),
            "at": pa.array([row * 3_600_000_000 for row in range(60)], pa.timestamp("us", tz="UTC")),
            "zip": pa.array([row % 3 if row else None for row in range(60)], pa.int64()),
            "notes": pa.array([[row] for row in range(60)]),
            "kind": ["ab"[row % 2] for row in range(60)],
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    params = {"path": str(tmp_path / "a.parquet"), "categorical": ["zip"], "missing": "impute", "ignore": [-2]}
    out = tmp_path / "out"
    out.mkdir()
    prepare(ADAPTER.validate_python({"source": "parquet", **params}), PLAIN, 0, out)
    assert names(out)[:1] + names(out)[5:6] + names(out)[-3:] == ("day: days", "at: days", "zip=0", "zip=1", "zip=2")
    met = Met()
    further = table.append_column("also", table["notes"])
    parquet.write_table(further, tmp_path / "new.parquet")
    found = apply_to_parquet(Preparation.read(out), tmp_path / "new.parquet", met)
    assert met.unused == ["also"]
    assert found[7, 0] == 7
    assert np.isclose(found[36, 5], 1.5)
    assert found[:3, -3:].argmax(axis=1).tolist()[1:] == [1, 2]


def test_an_index_of_pandas_is_no_column_of_a_parquet_file(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": np.arange(120) % 7, "price": np.arange(120) * 1.5})[::2]
    frame.to_parquet(tmp_path / "a.parquet", index=True)
    out = tmp_path / "out"
    out.mkdir()
    params = {"source": "parquet", "path": str(tmp_path / "a.parquet"), "task": "regression"}
    prepare(ADAPTER.validate_python(params), PLAIN, 0, out)
    target = Dataset.read(out).target
    assert target is not None
    assert target.name == "price"
    assert names(out) == ("size",)


def test_rare_categories_have_one_feature_that_unseen_ones_then_have_too(tmp_path: Path) -> None:
    colours = ["red"] * 60 + ["blue"] * 30 + ["pink", "grey"] * 3
    text = "colour,kind\n" + "".join(f"{colour},{'ab'[row % 2]}\n" for row, colour in enumerate(colours))
    out = prepared(tmp_path, text, rare=0.1, header=True)
    assert names(out) == ("colour=blue", "colour=red", "colour=(other)")
    assert Dataset.read(out).unseen_categories == {
        "train": 0,
        "val": 0,
        "test": 0,
    }  # pink and grey are rare, not unseen
    met = Met()
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "colour\nred\ngrey\nnever\n"), met)
    assert found.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert met.said() == [
        "column 'colour': 2 of 3 rows hold categories that no training row had, or too few, and count as (other): "
        "'grey', 'never'"
    ]


def test_an_unseen_category_of_a_column_that_the_target_encodes_counts_as_the_mean(tmp_path: Path) -> None:
    met, preparation = Met(), Preparation.read(prepared(tmp_path, one_hot=2))
    apply_to_csv(preparation, new(tmp_path, "size,zip,day,paid,id,kind,note\nXL,1,2024-01-01,4,1,a,x\n"), met)
    assert met.said() == [
        "the columns come in another order than in training; they were found by their names",
        "not used, as the network was not trained on them: columns 'note'",
        "column 'size': 1 of 1 rows hold categories that no training row had, and count as the mean of all: 'XL'",
    ]


def test_constant_and_equal_columns_are_dropped(tmp_path: Path) -> None:
    text = "a,one,b,again,kind\n" + "".join(f"{row},1,{row % 7},{row},{'ab'[row % 2]}\n" for row in range(40))
    out = prepared(tmp_path, text)
    assert names(out) == ("a", "b")
    assert Dataset.read(out).constant_features == 0
    found = apply_to_csv(Preparation.read(out), new(tmp_path, "b,a\n3,4\n"))
    assert found.tolist() == [[4, 3]]


def test_columns_of_equal_ends_are_equal_only_if_all_their_values_are(tmp_path: Path) -> None:
    rows = [
        {
            "a": -4 + row % 9,
            "same": f"{-4 + row % 9}.0",
            "other": 4 - row % 9,
            "gaps": "" if row % 9 == 4 else row % 9 - 4,
        }
        for row in range(45)
    ]
    for row in rows:
        row |= {"same": "-0.0"} if row["a"] == 0 else {}
        row |= {"gaps too": row["gaps"], "kind": "ab"[abs(int(row["a"])) % 2]}
    text = "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)])
    assert names(prepared(tmp_path, text, missing="impute")) == ("a", "other", "gaps")


def test_a_column_of_gaps_and_one_value_is_constant(tmp_path: Path) -> None:
    text = "a,one,kind\n" + "".join(f"{row},{'' if row % 2 else 5},{'ab'[row % 2]}\n" for row in range(40))
    assert names(prepared(tmp_path, text, missing="impute")) == ("a",)


def test_a_table_of_which_no_column_is_left_is_refused(tmp_path: Path) -> None:
    text = "one,kind\n" + "1,a\n1,b\n" * 20
    assert "no column is left to predict 'kind' from: 'one': constant" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"ignore": ["sise"]}, "there is no column 'sise' (data.ignore). Did you mean 'size'?"),
        ({"categorical": [9]}, "data.categorical is 9, but the file has 6 columns"),
        ({"ignore": ["kind"]}, "column 'kind' stands in data.target and in data.ignore"),
        ({"ignore": ["zip"], "categorical": [2]}, "column 'zip' stands in data.ignore and in data.categorical"),
        ({"ordinal": {"size": ["S", "M"]}}, "order (data.ordinal: S, M): line 4 'L', line 7 'L'"),
        ({"ignore": [0, 1, 2, 3, 4]}, "beside the columns of data.ignore there is none"),
        ({"ignore": ["paid"], "weight": "paid"}, "column 'paid' stands in data.weight and in data.ignore"),
        ({"ignore": [0, 1, 2, 3], "weight": 4}, "beside the columns of data.ignore and data.weight there is none"),
    ],
)
def test_what_params_say_of_columns_must_fit_the_file(tmp_path: Path, params: dict[str, Any], said: str) -> None:
    message = refusal(tmp_path, **params)
    assert "orders.csv (data.path)" in message
    assert said in message


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"ignore": "id"}, "a list of columns is needed"),
        ({"weight": True}, "the name of a column or its index"),
        ({"group": 1.5}, "the name of a column or its index"),
        ({"categorical": [1.5]}, "a list of columns is needed"),
        ({"ordinal": ["size"]}, "columns with their order are needed"),
        ({"ordinal": {"size": ["S"]}}, "an order of two categories or more"),
        ({"ordinal": {"size": ["S", "S"]}}, "has a category twice"),
        ({"ordinal": {"size": ["S", True]}}, "in quotes"),
    ],
)
def test_params_of_columns_are_refused_in_one_message(tmp_path: Path, params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        asked(tmp_path, **params)
    assert "1 validation error" in str(caught.value)


def test_columns_of_a_file_without_a_header_are_found_by_index(tmp_path: Path) -> None:
    text = "".join(f"{row};{row % 3};{row % 5};{'ab'[row % 2]}\n" for row in range(40))
    out = prepared(tmp_path, text, ignore=[0], categorical=[1])
    preparation = Preparation.read(out)
    expected = [[0, 1, 0, 4]]
    assert apply_to_csv(preparation, new(tmp_path, "1;4\n")).tolist() == expected
    assert apply_to_csv(preparation, new(tmp_path, "99;1;4;a\n")).tolist() == expected
    assert apply_to_csv(preparation, new(tmp_path, "99;1;4\n")).tolist() == expected  # all but the target
    with pytest.raises(UserError, match="found 5 columns"):
        apply_to_csv(preparation, new(tmp_path, "99;1;4;a;0\n"))


def skewed(rows: int = 400) -> np.ndarray:
    return np.exp(np.random.default_rng(0).normal(0, 2, rows))


def test_a_logarithm_makes_a_skewed_column_even_and_leaves_others(tmp_path: Path) -> None:
    x = skewed()
    text = "even,skewed,kind\n" + "".join(
        f"{row % 50},{value!r},{'ab'[row % 2]}\n" for row, value in enumerate(x.tolist())
    )
    out = prepared(tmp_path, text, Preprocess(center="none", scale="none", transform="log"))
    train = open_split(out, "train").x
    assert abs(skewness(x)) > 5 > 2 > abs(skewness(train[:, 1].astype(float)))
    assert train[:, 0].max() == 49
    found = apply_to_csv(Preparation.read(out), tmp_path / "orders.csv")
    unit = np.median(x[np.sort(np.load(out / "rows_train.npy"))])
    assert np.allclose(found[:, 1], np.log1p(x / unit), rtol=1e-5)


def test_quantiles_are_those_of_scikit_learn_but_at_the_ends() -> None:
    x = skewed()
    fitted = Quantiles.fit(x)
    assert fitted is not None
    other = QuantileTransformer(n_quantiles=256, output_distribution="normal").fit_transform(x[:, None])[:, 0]
    inner = np.abs(other) < 2
    assert np.abs(fitted.apply(x) - other)[inner].max() < 0.03
    assert np.all(np.diff(fitted.apply(np.sort(x))) >= 0)
    assert np.isnan(fitted.apply(np.array([np.nan]))[0])


def test_quantiles_keep_a_flag_that_is_rarer_than_their_knots() -> None:
    x = (np.arange(5000) % 1000 == 0).astype(np.float64)
    fitted = Quantiles.fit(x)
    assert fitted is not None
    none, some = fitted.apply(np.array([0.0, 1.0]))
    assert some - none > 3  # standard deviations of a normal column
    with pytest.raises(ValueError, match="258 knots are needed, and here are 257"):
        Quantiles(fitted.numbers[:-1])


@pytest.mark.parametrize("kind", [Log, Quantiles])
def test_transforms_can_be_taken_back(kind: Any) -> None:
    x = np.concatenate([skewed() ** 3, -skewed(), np.zeros(100)])
    fitted = kind.fit(x)
    inner = x[np.abs(x) <= np.quantile(np.abs(x), 0.9)]
    assert np.allclose(fitted.invert(fitted.apply(inner)), inner, rtol=1e-3, atol=1e-6)


def test_a_transform_needs_a_table(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="preprocess.transform: log needs the columns of a table"):
        prepare(ADAPTER.validate_python({"source": "digits"}), Preprocess(transform="log"), 0, tmp_path)


def many(rows: int, categories: int, *, classes: int = 2, seed: int = 0) -> Raw:
    """A column of categories, and one of numbers, that know nothing of the classes."""
    random = np.random.default_rng(seed)
    x = np.column_stack([random.integers(0, categories, rows), random.normal(size=rows)]).astype(np.float64)
    columns = (Column("who", tuple(f"w{number:05}" for number in range(categories))), Column("size", None))
    labels = tuple("abcdefgh"[:classes])
    return Raw("own", "own.csv (data.path)", x, random.integers(0, classes, rows), labels, columns=columns)


def test_means_of_the_target_are_those_of_scikit_learn() -> None:
    raw, train = many(600, 80), np.arange(600)
    encoding = fit_encoding(raw, train, impute=False).encoding
    other = TargetEncoder(smooth=PRIOR, target_type="binary").fit(raw.x[:, :1], raw.y)
    assert isinstance((encoding.columns or ())[0], TargetMeans)
    assert np.allclose(encoding.features(raw.x)[:, 0], other.transform(raw.x[:, :1])[:, 0])
    unseen = encoding.features(np.array([[-1.0, 0.0]]))
    assert np.isclose(unseen[0, 0], raw.y.mean())


def test_of_more_classes_there_is_a_mean_for_each_and_of_a_regression_one() -> None:
    raw, train = many(600, 80, classes=3), np.arange(600)
    features = fit_encoding(raw, train, impute=False).encoding
    assert features.feature_names == ("who: share of a", "who: share of b", "who: share of c", "size")
    assert np.allclose(features.features(raw.x)[:, :3].sum(axis=1), 1)
    measured = replace(raw, y=raw.y.astype(np.float64), classes=(), target="cost")
    assert fit_encoding(measured, train, impute=False).encoding.feature_names == ("who: mean of cost", "size")


def test_a_training_row_is_encoded_without_its_own_target() -> None:
    raw, train = many(400, 80), np.arange(400)
    for row in (0, 17, 399):
        other = replace(raw, y=np.where(np.arange(400) == row, 1 - raw.y, raw.y))
        # The parts are of each class: so that they stay, those of one are asked for both.
        one = fit_encoding(raw, train, impute=False)
        two = fit_encoding(replace(other, y=other.y), train, impute=False)
        assert one.encoding.features(raw.x[row : row + 1])[0, 0] != two.encoding.features(raw.x[row : row + 1])[0, 0]
        own = raw.x[:, 0] == raw.x[row, 0]
        kept = own & (one.part != one.part[row])
        expected = (raw.y[kept].sum() + PRIOR * raw.y.mean()) / (kept.sum() + PRIOR)
        assert np.isclose(one.training(raw.x, slice(row, row + 1))[0, 0], expected)


def test_columns_of_which_each_row_has_its_own_text_are_dropped() -> None:
    raw = many(400, 100_000)
    fitted = fit_encoding(raw, np.arange(400), impute=False)
    assert list(fitted.dropped) == ["who"]
    assert fitted.encoding.feature_names == ("size",)


@pytest.mark.parametrize("seed", range(5))
def test_a_target_that_leaks_only_through_its_means_gives_no_gain(seed: int) -> None:
    raw, train = many(3000, 1000, seed=seed), np.arange(2000)
    fitted = fit_encoding(raw, train, impute=False)
    learned = LogisticRegression(C=1e6).fit(fitted.training(raw.x, slice(0, 2000)), raw.y[:2000])
    held_out = learned.score(fitted.encoding.features(raw.x[2000:]), raw.y[2000:])
    assert abs(held_out - 0.5) < 3 * 0.5 / np.sqrt(1000)
    assert learned.score(fitted.training(raw.x, slice(0, 2000)), raw.y[:2000]) < 0.58
    # What would leak: the same means over all rows, each with its own target.
    leaking = fitted.encoding.features(raw.x[:2000])
    assert LogisticRegression(C=1e6).fit(leaking, raw.y[:2000]).score(leaking, raw.y[:2000]) > 0.7


@pytest.mark.parametrize("seed", range(3))
def test_a_network_gains_nothing_from_columns_that_say_nothing(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = ["" if random.random() < 0.2 else str(random.exponential()) for _ in range(1500)]
    text = "who,cost,few,kind\n" + "".join(
        f"w{random.integers(400)},{own},c{int(random.exponential(3))},{'ab'[random.integers(2)]}\n" for own in cost
    )
    out = prepared(tmp_path, text, Preprocess(transform="quantile"), missing="impute", rare=0.02)
    train, test = open_split(out, "train"), open_split(out, "test")
    network = MLPClassifier(hidden=[32], epochs=20, random_state=seed).fit(train.x, train.y)
    assert abs(network.score(test.x, test.y) - 0.5) < 3 * 0.5 / np.sqrt(len(test.y))


@pytest.mark.parametrize("transform", ["none", "log", "quantile"])
def test_nothing_is_fitted_on_other_rows_than_those_of_training(tmp_path: Path, transform: Any) -> None:
    random = np.random.default_rng(1)
    cells = [
        (f"w{random.integers(100)}", f"c{random.integers(4)}", random.exponential(), "" if row % 9 == 0 else row % 5)
        for row in range(500)
    ]
    header = "who,colour,size,few,kind\n"
    lines = [",".join(map(str, (*own, "ab"[row % 2]))) + "\n" for row, own in enumerate(cells)]
    (tmp_path / "test.csv").write_text(header + "".join(lines[400:]))
    other = "".join(f"w{row},new{row % 2},{1e4 * row},7,{'ab'[row % 3 % 2]}\n" for row in range(100))
    preprocess = Preprocess(transform=transform)
    params = {"missing": "impute", "test_path": str(tmp_path / "test.csv"), "test_fraction": None, "rare": 0.05}
    found = []
    for place, test in (("a", "".join(lines[400:])), ("b", other)):
        (tmp_path / place).mkdir()
        (tmp_path / "test.csv").write_text(header + test)
        out = prepared(tmp_path / place, header + "".join(lines[:400]), preprocess, **params)
        files = ("preprocessing.json", "preprocessing.npz", "x_train.npy", "x_val.npy")
        found.append([(out / name).read_bytes() for name in files])
    assert found[0] == found[1]


def test_validation_rows_and_their_targets_change_nothing_that_is_fitted() -> None:
    raw, train = many(600, 80), np.arange(0, 600, 2)
    random = np.random.default_rng(5)
    x, y = raw.x.copy(), raw.y.copy()
    x[1::2], y[1::2] = random.permuted(x[1::2], axis=0) * 3 % 80, 1 - y[1::2]
    one = fit_encoding(raw, train, impute=True, transform="quantile")
    two = fit_encoding(replace(raw, x=x, y=y), train, impute=True, transform="quantile")
    assert [column.described() for column in one.encoding.columns or ()] == [
        column.described() for column in two.encoding.columns or ()
    ]
    assert np.array_equal(one.training(raw.x, slice(0, 300)), two.training(x, slice(0, 300)))


def test_what_is_read_back_prepares_alike(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    text = "who,size,day,cost,kind\n" + "".join(
        f"w{random.integers(90):03},{'SML'[random.integers(3)]},2024-02-{1 + random.integers(28):02},"
        f"{random.exponential()},{'ab'[random.integers(2)]}\n"
        for _ in range(600)
    )
    out = prepared(tmp_path, text, Preprocess(transform="quantile"), ordinal={"size": ["S", "M", "L"]})
    rows = np.load(out / "rows_val.npy")
    found = apply_to_csv(Preparation.read(out), tmp_path / "orders.csv")
    assert np.array_equal(found[rows], open_split(out, "val").x)
    assert names(out)[0] == "who: share of b"


def test_a_preparation_of_an_earlier_format_is_still_read(tmp_path: Path) -> None:
    columns = [
        {"name": "size", "kind": "number", "categories": None, "imputed": 2.0},
        {"name": "fur", "kind": "category", "categories": ["long", "short"], "imputed": "long"},
    ]
    table = {"delimiter": ",", "header": True, "target": "kind", "position": 2}
    description = Description.parse({"divisor": 1.0, "columns": columns, "table": table, "explained_variance": None})
    preparation = build_preparation(description, {"mean": np.zeros(3), "scale": np.ones(3)})
    found = apply_to_csv(preparation, new(tmp_path, "kind,fur,size\n?,short,?\n?,,7\n"))
    assert found.tolist() == [[2, 0, 1], [7, 1, 0]]
    with pytest.raises(UserError, match="missing are 'fur'; unknown are 'tail'"):
        apply_to_csv(preparation, new(tmp_path, "tail,size\n1,1\n"))
