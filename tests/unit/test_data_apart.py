"""Tests of splits by groups and by time: what stays apart, and where such a split is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from mindgap.data.apply import apply_to_csv
from mindgap.data.encoding import fit_encoding
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, open_groups, open_rows
from mindgap.data.raw import Apart, Column, Raw
from mindgap.data.sources import SOURCES
from mindgap.data.splits import Splits, split
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
ROWS = 400


def visits(rows: int = ROWS, patients: int = 60, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    lines = []
    for _ in range(rows):
        patient, day = int(random.integers(patients)), int(random.integers(300))
        date = np.datetime64("2024-01-01") + day
        lines.append(f"{patient},{date},{day},{random.normal()},{'sick' if random.random() < 0.2 else 'well'}")
    return lines


HEADER = "patient,date,day,pressure,kind"


def asked(folder: Path, lines: list[str], **params: Any) -> Data:
    (folder / "visits.csv").write_text("\n".join([HEADER, *lines]))
    return ADAPTER.validate_python({"source": "csv", "path": str(folder / "visits.csv"), **params})


def splits_of(folder: Path, lines: list[str], seed: int = 0, **params: Any) -> tuple[Raw, Splits]:
    data = asked(folder, lines, **params)
    raw = SOURCES["csv"].load(data, seed)
    return raw, split(raw, val_fraction=data.val_fraction, test_fraction=data.test_fraction, seed=seed)


def refusal(folder: Path, lines: list[str], **params: Any) -> str:
    with pytest.raises(UserError) as caught:
        splits_of(folder, lines, **params)
    return str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_a_group_stay_together_and_classes_have_about_their_shares(tmp_path: Path, seed: int) -> None:
    lines = visits(seed=seed)
    raw, splits = splits_of(tmp_path, lines, seed, group="patient")
    patients = {name: {lines[row].split(",")[0] for row in rows} for name, rows in splits.named.items()}
    assert not patients["train"] & patients["val"]
    assert not (patients["train"] | patients["val"]) & patients["test"]
    assert sorted(np.concatenate(list(splits.named.values()))) == list(range(ROWS))
    for rows, share in zip(splits.named.values(), (0.6, 0.2, 0.2), strict=True):
        assert len(rows) / ROWS == pytest.approx(share, abs=0.03)
        assert np.mean(raw.y[rows]) == pytest.approx(np.mean(raw.y), abs=0.05)
    assert [column.name for column in raw.columns or ()] == ["date", "day", "pressure"]


def test_equal_seeds_split_groups_alike_and_others_do_not(tmp_path: Path) -> None:
    one, two, other = (splits_of(tmp_path, visits(), seed, group="patient")[1] for seed in (0, 0, 1))
    assert np.array_equal(one.test, two.test)
    assert set(one.test) != set(other.test)


@pytest.mark.parametrize("column", ["date", "day"])
def test_the_past_trains_and_the_future_tests(tmp_path: Path, column: str) -> None:
    lines = visits()
    _, splits = splits_of(tmp_path, lines, time=column)
    days = np.array([int(line.split(",")[2]) for line in lines])
    ends = [(days[rows].min(), days[rows].max()) for rows in splits.named.values()]
    assert ends[0][1] < ends[1][0] <= ends[1][1] < ends[2][0]
    assert [len(rows) / ROWS for rows in splits.named.values()] == pytest.approx([0.6, 0.2, 0.2], abs=0.02)
    assert np.any(np.diff(days[splits.train]) < 0)  # mixed


def test_rows_of_one_time_are_not_parted(tmp_path: Path) -> None:
    lines = [f"1,2024-01-01,{row // 100},{row % 7},{'ab'[row % 2]}" for row in range(400)]
    _, splits = splits_of(tmp_path, lines, time="day", val_fraction=0.3)
    assert [sorted({row // 100 for row in rows}) for rows in splits.named.values()] == [[0, 1], [2], [3]]


def test_a_test_file_is_held_to_be_apart(tmp_path: Path) -> None:
    others = [f"{900 + row},2025-01-{1 + row:02},{400 + row},1.5,well" for row in range(20)]
    test = tmp_path / "test.csv"
    given = {"test_path": str(test), "test_fraction": None}
    for params in ({"group": "patient"}, {"time": "date"}, {"time": "day"}):
        test.write_text("\n".join([HEADER, *others]))
        _, splits = splits_of(tmp_path, visits(), **given, **params)
        assert splits.test.tolist() == list(range(ROWS, ROWS + 20))
    test.write_text("\n".join([HEADER, *others, "7,2023-01-01,2,1.5,well"]))
    assert "data.group: '7' is of column 'patient' in the test file and in the other" in refusal(
        tmp_path, visits(), **given, group="patient"
    )
    message = refusal(tmp_path, visits(), **given, time="date")
    assert "data.time: the test file begins at 2023-01-01 of column 'date', but the other goes on until 2024" in message


@pytest.mark.parametrize(
    ("change", "params", "said"),
    [
        (("1,", "1,"), {"group": "patiens"}, "there is no column 'patiens' (data.group). Did you mean 'patient'?"),
        (("1,", "1,"), {"group": "kind"}, "column 'kind' stands in data.target and in data.group"),
        (("1,", "1,"), {"time": "day", "ignore": ["day"]}, "column 'day' stands in data.time and in data.ignore"),
        (("x", "x"), {"time": "kind", "target": 0}, "column 'kind' (data.time) holds texts, such as 'sick'"),
        (
            ("x", "x"),
            {"group": "kind", "target": 3, "task": "regression"},
            "data.group: column 'kind' holds too few groups, 2; 3 are needed, one for each split",
        ),
    ],
)
def test_what_cannot_keep_rows_apart_is_refused(
    tmp_path: Path, change: tuple[str, str], params: dict[str, Any], said: str
) -> None:
    message = refusal(tmp_path, [line.replace(*change) for line in visits()], **params)
    assert "visits.csv (data.path)" in message
    assert said in message


def test_a_group_that_is_missing_is_named_by_its_line(tmp_path: Path) -> None:
    lines = visits()
    lines[4] = "," + lines[4].split(",", 1)[1]
    assert "column 'patient' (data.group) is empty in line 6 (1 of 400 rows)" in refusal(tmp_path, lines, group=0)


def test_one_large_group_cannot_be_split(tmp_path: Path) -> None:
    lines = [f"{0 if row < 300 else row},2024-01-01,1,{row % 7},{'ab'[row % 2]}" for row in range(400)]
    message = refusal(tmp_path, lines, group="patient", val_fraction=0.4, test_fraction=0.4)
    assert "would have" in message
    assert "'0' alone has 300 rows" in message


def test_a_class_that_the_past_lacks_is_refused(tmp_path: Path) -> None:
    lines = [f"{row},2024-01-01,{row},{row % 7},{'ab'[row >= 350]}" for row in range(400)]
    assert "the training split has no row of class 'b'" in refusal(tmp_path, lines, time="day")


def test_one_way_to_split_is_enough(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"group \(patient\) and time \(day\) both say"):
        asked(tmp_path, visits(), group="patient", time="day")


def test_targets_that_are_measured_are_split_apart_as_well(tmp_path: Path) -> None:
    lines = visits()
    _, splits = splits_of(tmp_path, lines, group="patient", target="pressure", task="regression")
    patients = [{lines[row].split(",")[0] for row in rows} for rows in splits.named.values()]
    assert not patients[0] & patients[2]


def test_new_rows_need_no_group(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    prepare(asked(tmp_path, visits(), group="patient", ignore=["date"]), Preprocess(), 0, out)
    assert Dataset.read(out).split_by == ("group", "patient")
    (tmp_path / "new.csv").write_text("pressure,day\n1,2\n")
    bare = apply_to_csv(Preparation.read(out), tmp_path / "new.csv")
    (tmp_path / "new.csv").write_text(f"{HEADER}\n77,x,2,1,\n")
    assert np.array_equal(apply_to_csv(Preparation.read(out), tmp_path / "new.csv"), bare)
    assert len(open_rows(out, "train")) == pytest.approx(240, abs=12)
    (tmp_path / "plain").mkdir()
    prepare(asked(tmp_path, visits()), Preprocess(), 0, tmp_path / "plain")
    assert open_groups(tmp_path / "plain", "test") is None


def test_the_groups_of_a_split_are_kept(tmp_path: Path) -> None:
    out, lines = tmp_path / "out", visits()
    out.mkdir()
    prepare(asked(tmp_path, lines, group="patient"), Preprocess(), 0, out)
    found = open_groups(out, "test")
    assert found is not None
    patients = [lines[row].split(",")[0] for row in open_rows(out, "test")]
    assert len(set(zip(found.tolist(), patients, strict=True))) == len(set(patients)) == len(set(found.tolist()))


def test_means_of_the_target_are_of_other_groups() -> None:
    random = np.random.default_rng(0)
    group = random.integers(0, 100, 500).astype(np.float64)
    columns = (Column("who", tuple(f"{number:03}" for number in range(100))),)
    apart = Apart("group", "group", group, columns[0].categories or ())
    raw = Raw("own", "own.csv", group[:, None], random.integers(0, 2, 500), ("a", "b"), columns=columns, apart=apart)
    fitted = fit_encoding(raw, np.arange(500), impute=False)
    assert all(len(set(fitted.part[group == own])) == 1 for own in np.unique(group))
    # The column is the group: no other part knows it.
    assert np.allclose(fitted.training(raw.x, slice(0, 500)), raw.y.mean())
