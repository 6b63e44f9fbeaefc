"""Tests of the overview of a table: what it finds in columns whose truth is known, and that it reads no test target."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from mindgap.data.association import correlation, distance, predicted_alone
from mindgap.data.encoding import Dropped
from mindgap.data.overview import AWAY, ColumnOverview, Overview
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.report.columns import column_rows, doubts
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)


def looked_over(folder: Path, text: str, *, test: bool = True, **params: Any) -> Overview:
    (folder / "own.csv").write_text(text)
    out = folder / "out"
    out.mkdir()
    data = ADAPTER.validate_python({"source": "csv", "path": str(folder / "own.csv"), **params})
    prepare(data, Preprocess(), 0, out, test=test)
    found = Overview.of(out)
    assert found is not None
    return found


def column(overview: Overview, name: str) -> ColumnOverview:
    return next(column for column in overview.columns if column.name == name)


def shop(rows: int = 600, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    lines = []
    for row in range(rows):
        label = int(random.integers(2))
        cells = [row, 5, random.normal() + label, 10 * label + random.random(), f"w{random.integers(99)}"]
        day = f"2024-{1 + row % 12:02}-01" if row % 10 else ""
        lines.append(",".join(map(str, [*cells, "red" if random.random() < 0.7 else "blue", day, "ab"[label]])))
    return lines


HEADER = "id,one,some,outcome,who,colour,day,kind"


def test_each_column_is_told(tmp_path: Path) -> None:
    found = looked_over(tmp_path, "\n".join([HEADER, *shop()]), missing="impute")
    uses = [(own.kind, own.use) for own in found.columns]
    assert uses == [
        ("number", "number"),
        ("number", None),
        ("number", "number"),
        ("number", "number"),
        ("category", "target means"),
        ("category", "one-hot"),
        ("date", "date"),
    ]
    assert column(found, "one").dropped == Dropped("constant")
    assert column(found, "day").missing["train"] == pytest.approx(0.1, abs=0.03)
    assert column(found, "colour").commonest[0][0] == "red"
    assert column(found, "id").counts_rows
    assert not column(found, "some").counts_rows
    assert found.rows == {"train": 360, "val": 120, "test": 120}


def test_the_column_that_gives_the_target_away_is_found_and_no_other(tmp_path: Path) -> None:
    found = looked_over(tmp_path, "\n".join([HEADER, *shop()]), missing="impute")
    away = {own.name for own in found.columns if own.alone is not None and own.alone >= AWAY}
    assert away == {"outcome"}
    assert 0.1 < (column(found, "some").alone or 0) < 0.6
    said = list(doubts(found))
    assert [text for text in said if "gives the target away" in text and "'outcome'" in text]
    assert [text for text in said if "numbers the rows" in text and "'id'" in text]
    assert len(said) == 2


@pytest.mark.parametrize(
    ("written", "doubted"), [("{m}/{d}/2024", True), ("{d:02}.{m:02}.24 12:30", True), ("2024-{m:02}-{d:02}", False)]
)
def test_texts_that_look_like_dates_and_are_none_are_told(tmp_path: Path, written: str, doubted: bool) -> None:
    lines = [f"{row % 7},{written.format(m=1 + row % 12, d=1 + row % 3)},{'ab'[row % 2]}" for row in range(120)]
    found = looked_over(tmp_path, "\n".join(["size,day,kind", *lines]))
    assert [text for text in doubts(found) if "'day' holds texts that look like dates" in text] != [] or not doubted
    assert doubted == (column(found, "day").kind == "category")


@pytest.mark.parametrize(("first", "doubted"), [(20240101, True), (20240001, False), (10240101, False)])
def test_numbers_that_look_like_days_are_told(tmp_path: Path, first: int, doubted: bool) -> None:
    lines = [f"{row % 7},{first + 100 * (row % 12) + row % 28},{'ab'[row % 2]}" for row in range(120)]
    said = list(doubts(looked_over(tmp_path, "\n".join(["size,day,kind", *lines]))))
    assert doubted == any("'day' holds numbers that look like days, such as 20240" in text for text in said)


@pytest.mark.parametrize("written", ["{}%", "$ {}.50", "-{}.5 €"])
def test_amounts_with_their_unit_are_told(tmp_path: Path, written: str) -> None:
    lines = [f"{row % 7},{written.format(1 + row % 9)},{'ab'[row % 2]}" for row in range(120)]
    said = list(doubts(looked_over(tmp_path, "\n".join(["size,what,kind", *lines]))))
    assert [text for text in said if "'what' holds texts that look like amounts, such as" in text]


def test_ordinary_texts_look_neither_like_dates_nor_like_amounts(tmp_path: Path) -> None:
    lines = [f"{row % 7},{('1-2', 'v1.2.3', '10/20', 'may', '5%')[row % 5]},{'ab'[row % 2]}" for row in range(120)]
    said = list(doubts(looked_over(tmp_path, "\n".join(["size,what,kind", *lines]))))
    assert not [text for text in said if "look like" in text]


def test_other_test_rows_are_told_from_those_of_training(tmp_path: Path) -> None:
    lines, others = shop(), [line.replace("red", "green") for line in shop(200, seed=1)]
    (tmp_path / "test.csv").write_text("\n".join([HEADER, *others]))
    given = {"test_path": str(tmp_path / "test.csv"), "test_fraction": None, "ignore": ["id"]}
    found = looked_over(tmp_path, "\n".join([HEADER, *lines]), missing="impute", **given)
    assert {own.name: own.drifts for own in found.columns if own.drifts} == {"colour": ("test",)}
    assert column(found, "colour").drift["test"] == pytest.approx(0.7, abs=0.1)
    assert [text for text in doubts(found) if "The test split has other rows" in text and "'colour'" in text]
    assert found.ignored == ("id",)


def test_columns_that_keep_rows_apart_or_weigh_them_are_no_features_and_not_ignored(tmp_path: Path) -> None:
    found = looked_over(
        tmp_path, "\n".join([HEADER, *shop()]), missing="impute", group="who", weight="one", ignore=["id"]
    )
    assert not {"who", "one"} & {own.name for own in found.columns}
    assert found.ignored == ("id",)


def test_no_target_of_a_test_row_is_in_it(tmp_path: Path) -> None:
    texts = []
    for place, flip in (("a", "ab"), ("b", "ba")):
        (tmp_path / place).mkdir()
        others = [line[:-1] + flip["ab".index(line[-1])] for line in shop(200, seed=1)]
        (tmp_path / "test.csv").write_text("\n".join([HEADER, *others]))
        given = {"test_path": str(tmp_path / "test.csv"), "test_fraction": None, "missing": "impute"}
        texts.append(looked_over(tmp_path / place, "\n".join([HEADER, *shop()]), **given))
    assert texts[0] == texts[1]


def test_where_test_rows_are_not_asked_for_none_is_looked_at(tmp_path: Path) -> None:
    found = looked_over(tmp_path, "\n".join([HEADER, *shop()]), missing="impute", test=False)
    assert set(found.rows) == {"train", "val"}
    assert set(column(found, "some").drift) == {"val"}


def test_of_many_columns_those_are_shown_that_say_most(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 200)
    x = random.normal(size=(200, 30)) + 3 * np.outer(y, np.arange(30) == 17)
    lines = [",".join([*map(str, row), str(label)]) for row, label in zip(x.tolist(), y.tolist(), strict=True)]
    found = looked_over(tmp_path, "\n".join(lines))
    shown = column_rows(found, most=5)
    assert len(shown) == 5
    assert "column 17" in [row.column.name for row in shown]


def test_the_correlation_of_two_orders_is_spearmans() -> None:
    random = np.random.default_rng(0)
    x, y = np.round(random.normal(size=(2, 300)), 1)
    assert correlation(x, x + y, True, 0) == pytest.approx(stats.spearmanr(x, x + y).statistic)
    assert correlation(x, (y > x).astype(int), True, 2) == pytest.approx(stats.spearmanr(x, y > x).statistic)


@pytest.mark.parametrize("classes", [0, 2, 4])
def test_many_categories_that_say_nothing_have_hardly_a_correlation(classes: int) -> None:
    random = np.random.default_rng(1)
    x = random.integers(0, 150, 600).astype(float)
    y = random.integers(0, classes, 600) if classes else random.normal(size=600)
    assert (correlation(x, y, False, classes) or 0) < 0.2


def test_categories_that_are_the_classes_correlate_fully() -> None:
    y = np.arange(300) % 3
    assert correlation((y * 7 % 3).astype(float), y, False, 3) == pytest.approx(1, abs=0.01)
    assert correlation(y.astype(float), y, True, 3) == pytest.approx(1)
    assert correlation(np.full(300, 2.0), y, True, 3) is None


@pytest.mark.parametrize("ordered", [True, False])
def test_a_column_that_says_nothing_predicts_nothing_alone(ordered: bool) -> None:
    random = np.random.default_rng(2)
    x = {"train": random.integers(0, 5, 900).astype(float), "val": random.integers(0, 5, 900).astype(float)}
    y = {"train": random.integers(0, 2, 900), "val": random.integers(0, 2, 900)}
    assert predicted_alone(x, y, ordered, 2) < 0.12
    assert predicted_alone(x, {name: own % 2 for name, own in x.items()}, ordered, 0) == pytest.approx(1)


def test_distances_are_those_of_the_shares() -> None:
    one, other = np.repeat([0.0, 1.0], [50, 50]), np.repeat([0.0, 1.0], [80, 20])
    for ordered in (True, False):
        apart, p = distance(one, other, ordered)
        assert apart == pytest.approx(0.3)
        assert p < 0.001
        assert distance(one, one, ordered)[0] == 0


def test_the_p_of_distances_are_those_of_scipy() -> None:
    random = np.random.default_rng(3)
    one, other = random.normal(size=900), random.normal(0.1, size=400)
    expected = stats.ks_2samp(one, other, method="asymp")
    apart, p = distance(one, other, ordered=True)
    assert apart == pytest.approx(expected.statistic)
    assert p == pytest.approx(expected.pvalue, rel=0.1)  # SciPy's is that of one sample, of the effective number
    one, other = random.integers(0, 6, 900).astype(float), random.integers(0, 6, 400).astype(float)
    table = np.stack([np.bincount(own.astype(int)) for own in (one, other)])
    assert distance(one, other, ordered=False)[1] == pytest.approx(stats.chi2_contingency(table).pvalue)
