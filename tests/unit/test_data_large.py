"""Tests of large data: what is read block by block, kept in files, and known again without being read."""

import gzip
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter, ValidationError

from mindgap.data import arrow, delimited, files, npz
from mindgap.data.apply import apply_to_csv, apply_to_parquet
from mindgap.data.blocks import ahead
from mindgap.data.digest import require_unchanged, source_digest
from mindgap.data.duplicates import count_duplicates
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import open_split
from mindgap.data.raw import Raw
from mindgap.data.sources import SOURCES, csv
from mindgap.data.splits import Splits
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
ROWS = [(row / 7, "red" if row % 3 else "blue", "yes" if row % 2 else "no") for row in range(900)]
TEXT = "size,colour,kind\n" + "".join(f"{size!r},{colour},{kind}\n" for size, colour, kind in ROWS)


def load(scratch: Path | None = None, **params: Any) -> Raw:
    data = ADAPTER.validate_python(
        {key: str(value) if key.endswith("path") else value for key, value in params.items()}
    )
    return SOURCES[data.source].load(data, 0, scratch)


def refusal(**params: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(**params)
    return str(caught.value)


def written(path: Path, text: str = TEXT) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(
        pa.table(columns or dict(zip(("size", "colour", "kind"), zip(*ROWS, strict=True), strict=True))), path
    )
    return path


def assert_same(one: Raw, two: Raw) -> None:
    assert one.x.tobytes() == two.x.tobytes()
    assert one.y.tobytes() == two.y.tobytes()
    assert (one.columns, one.classes, one.test_rows) == (two.columns, two.classes, two.test_rows)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """All files count as large, and none may be read strictly, which a wrong one is."""
    monkeypatch.setattr(csv, "LARGE", 0)
    monkeypatch.setattr(csv, "_load_strictly", lambda data, scratch: pytest.fail("read strictly"))


def test_a_compressed_table_is_read_as_the_plain_one(tmp_path: Path) -> None:
    plain = load(source="csv", path=written(tmp_path / "a.csv"))
    packed = load(source="csv", path=written(tmp_path / "a.csv.gz"))
    assert_same(plain, packed)
    assert packed.name == "a"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_large_table_is_read_by_pyarrow_to_the_same_rows(
    tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    strict = load(source="csv", path=written(tmp_path / name))
    test = load(source="csv", path=tmp_path / name, test_path=tmp_path / name, test_fraction=None)
    request.getfixturevalue("large")
    assert_same(strict, load(source="csv", path=tmp_path / name))
    assert_same(test, load(source="csv", path=tmp_path / name, test_path=tmp_path / name, test_fraction=None))


def test_a_large_table_of_many_blocks_is_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: None
) -> None:
    whole = load(source="csv", path=written(tmp_path / "a.csv"))
    monkeypatch.setattr(arrow, "_BLOCK", 500)
    assert_same(whole, load(source="csv", path=tmp_path / "a.csv"))
    monkeypatch.undo()
    monkeypatch.setattr(delimited, "_CELLS", 50)
    assert_same(whole, load(source="csv", path=tmp_path / "a.csv"))


def test_a_block_of_blank_lines_is_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: None) -> None:
    whole = load(source="csv", path=written(tmp_path / "a.csv"))
    middle = TEXT.index("\n", len(TEXT) // 2) + 1
    monkeypatch.setattr(arrow, "_BLOCK", 500)
    assert_same(
        whole, load(source="csv", path=written(tmp_path / "a.csv", TEXT[:middle] + "\n" * 5000 + TEXT[middle:]))
    )


def test_quotes_are_followed_from_block_to_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.csv", 'a,b\n"x ""y"", z","1"\n' * 40)
    for size in range(1, 30):
        monkeypatch.setattr(arrow, "_BLOCK", size)
        assert arrow._quoted(str(path), "data.path", ",")
    for text in ('1,in"side\n', '1,"open\n', '"1"2,x\n', '1, "spaced"\n', "1,\0\n"):
        written(path, f"a,b\n{text}")
        for size in range(1, 12):
            monkeypatch.setattr(arrow, "_BLOCK", size)
            with pytest.raises(arrow.Irregular):
                arrow._quoted(str(path), "data.path", ",")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n100.0,red", "\nwide,red", "column 'size' holds numbers and text: line 702 'wide' (1 of 900 rows)"),
        ("\n100.0,red", "\n100.0", "line 702 has 2 (1 of 901 rows differ)"),
        ("\n100.0,", "\n,", "1 cell is missing: line 702 column 'size'"),
        ("\n100.0,red", "\n100.0,7", "column 'colour' holds numbers and text: line 2 'blue', line 3 'red'"),
        ("\n100.0,red,", '\n100.0,"red,', "the row that begins on line 702 cannot be read"),
        ("\n100.0,red,", "\n1e999,red,", "infinities: line 702 '1e999'"),
        ("\n100.0,", "\n\0,", "line 702 holds a zero byte"),
    ],
)
def test_a_large_table_that_is_wrong_is_refused_with_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    assert old in TEXT
    path = written(tmp_path / "a.csv", TEXT.replace(old, new, 1))
    strict = refusal(source="csv", path=path)
    assert said in strict
    monkeypatch.setattr(csv, "LARGE", 0)
    assert refusal(source="csv", path=path) == strict


def test_a_damaged_gzip_stream_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(tmp_path / "a.csv.gz").read_bytes()
    for threshold in (csv.LARGE, 0):
        monkeypatch.setattr(csv, "LARGE", threshold)
        for damaged in (content[:-20], content[:200] + b"\0\0\0\0" + content[204:]):
            (tmp_path / "a.csv.gz").write_bytes(damaged)
            assert "the gzip stream is cut off or damaged" in refusal(source="csv", path=tmp_path / "a.csv.gz")


def test_rows_lie_in_a_file_that_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    raw = load(scratch, source="csv", path=written(tmp_path / "a.csv"))
    base: Any = raw.x
    while not isinstance(base, np.memmap):
        base = base.base
    assert list(scratch.iterdir()) == []


def test_parquet_gives_the_rows_that_csv_gives(tmp_path: Path) -> None:
    test = {"test_path": tmp_path / "a.parquet", "test_fraction": None}
    one = load(source="csv", path=written(tmp_path / "a.csv"))
    two = load(source="parquet", path=parquet(tmp_path / "a.parquet"))
    assert_same(one, two)
    assert two.name == "a"
    assert load(source="parquet", path=tmp_path / "a.parquet", **test).test_rows == len(ROWS)


def test_parquet_columns_are_what_the_schema_says(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        flag=pa.array([True, False, None]),
        count=pa.array([1, None, 3], pa.int16()),
        price=pa.array([1.5, float("nan"), 2.5], pa.float32()),
        postcode=pa.array(["10", "NA", None]),
        colour=pa.array(["red", "blue", "red"]).dictionary_encode(),
        kind=pa.array([2.0, 1.0, 2.0]),
    )
    raw = load(source="parquet", path=path, missing="impute")
    nan = np.nan
    expected = [[1, 1, 1.5, 0, 1], [0, nan, nan, 1, 0], [nan, 3, 2.5, nan, 1]]
    np.testing.assert_array_equal(raw.x, expected)
    assert [column.categories for column in raw.columns or ()][3:] == [("10", "NA"), ("blue", "red")]
    assert (raw.classes, raw.y.tolist()) == (("1", "2"), [1, 0, 1])
    assert "4 cells are missing: row 1 column 'count', row 1 column 'price', row 2 column 'flag'" in refusal(
        source="parquet", path=path
    )


def test_measurements_may_come_from_parquet(tmp_path: Path) -> None:
    raw = load(source="parquet", path=parquet(tmp_path / "a.parquet"), target="size", task="regression")
    assert raw.y.tolist() == [row[0] for row in ROWS]


def test_what_parquet_cannot_give_is_refused(tmp_path: Path) -> None:
    day = pa.array([0, 1], pa.time32("ms"))
    path = parquet(tmp_path / "a.parquet", day=day, kind=pa.array(["a", "b"]))
    assert "found 'day' (time32[ms])" in refusal(source="parquet", path=path)
    assert "holds text" in refusal(source="parquet", path=parquet(path), target="kind", task="regression")
    infinite = parquet(path, size=pa.array([1.0, np.inf]), kind=pa.array(["a", "b"]))
    assert "infinities: row 1 inf (1 of 2 rows)" in refusal(source="parquet", path=infinite)
    assert "there is no column 'knid' (data.target). Did you mean 'kind'" in refusal(
        source="parquet", path=path, target="knid"
    )
    content = parquet(path).read_bytes()
    for damaged in (b"", TEXT.encode(), content[:-100]):
        path.write_bytes(damaged)
        assert "this is no Parquet file, or it is damaged" in refusal(source="parquet", path=path)
    path.write_bytes(content[:40] + bytes(2000) + content[2040:])
    assert "the file is damaged" in refusal(source="parquet", path=path)
    assert "there is no file" in refusal(source="parquet", path=tmp_path / "absent.parquet")


def test_new_rows_may_come_from_parquet(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    data = ADAPTER.validate_python({"source": "csv", "path": str(written(tmp_path / "a.csv"))})
    prepare(data, Preprocess(), 0, tmp_path / "out")
    preparation = Preparation.read(tmp_path / "out")
    found = apply_to_parquet(preparation, parquet(tmp_path / "a.parquet"))
    assert np.array_equal(found, apply_to_csv(preparation, tmp_path / "a.csv"))
    with pytest.raises(UserError, match="missing are 'size'"):
        apply_to_parquet(preparation, parquet(tmp_path / "b.parquet", colour=pa.array(["red"])))


def test_a_network_of_parquet_takes_new_rows_from_csv(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    data = ADAPTER.validate_python({"source": "parquet", "path": str(parquet(tmp_path / "a.parquet"))})
    prepare(data, Preprocess(), 0, tmp_path / "out")
    found = apply_to_csv(Preparation.read(tmp_path / "out"), written(tmp_path / "a.csv"))
    rows = np.load(tmp_path / "out" / "rows_train.npy")
    assert np.array_equal(found[rows], open_split(tmp_path / "out", "train").x)


def arrays(rows: int = 40) -> dict[str, np.ndarray]:
    return {"x": np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32), "y": np.arange(rows) % 2}


def test_arrays_in_files_of_their_own_are_mapped(tmp_path: Path) -> None:
    own = arrays()
    np.savez(tmp_path / "a.npz", **own)
    for name, array in own.items():
        np.save(tmp_path / f"{name}.npy", array)
    pair = load(source="npz", path=tmp_path / "x.npy", y_path=tmp_path / "y.npy")
    assert isinstance(pair.x.base, np.memmap) or isinstance(pair.x.base.base, np.memmap)
    one = load(source="npz", path=tmp_path / "a.npz")
    assert pair.x.tobytes() == one.x.tobytes()
    assert pair.y.tolist() == one.y.tolist()


def test_a_npy_file_needs_a_second_one_for_y(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="a .npy file holds x alone"):
        ADAPTER.validate_python({"source": "npz", "path": "x.npy"})
    np.save(tmp_path / "x.npy", arrays()["x"])
    np.save(tmp_path / "objects.npy", np.array([None]), allow_pickle=True)
    path = tmp_path / "x.npy"
    assert "data.y_path: there is no file" in refusal(source="npz", path=path, y_path=tmp_path / "absent.npy")
    assert "(data.y_path): array y cannot be read" in refusal(source="npz", path=path, y_path=tmp_path / "objects.npy")
    for content in (b"", b"no array", path.read_bytes()[:-8], path.read_bytes()[:60]):
        path.write_bytes(content)
        assert "array x cannot be read" in refusal(source="npz", path=path, y_path=path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_large_archive_is_kept_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Any, order: Any
) -> None:
    own = arrays()
    save(tmp_path / "a.npz", x=np.asarray(own["x"], order=order), y=own["y"], x_test=own["x"][:5], y_test=own["y"][:5])
    params = {"source": "npz", "path": tmp_path / "a.npz", "test_fraction": None}
    read = load(**params)
    monkeypatch.setattr(npz, "_LARGE", 0)
    monkeypatch.setattr(npz, "_BLOCK", 64)
    kept = load(tmp_path, **params)
    assert kept.x.tobytes() == read.x.tobytes()
    assert kept.y.tolist() == read.y.tolist()
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[300] ^= 0xFF
    (tmp_path / "a.npz").write_bytes(content)
    assert "the archive is damaged" in refusal(**params)


def test_objects_in_a_large_archive_are_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "_LARGE", 0)
    np.savez(tmp_path / "a.npz", x=np.array([[None]]), y=np.zeros(1))
    assert "array x cannot be read" in refusal(source="npz", path=tmp_path / "a.npz")


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_duplicates_are_rows_of_equal_values(kind: Any) -> None:
    random = np.random.default_rng(0)
    x = random.integers(-1, 2, (300, 5)).astype(kind)
    x[:20, 0] = -x[:20, 0] if kind in (np.float16, np.float32, np.float64) else x[:20, 0]
    splits = Splits(np.arange(100), np.arange(100, 200), np.arange(200, 300))
    held = {name: {tuple((row + 0).tolist()) for row in x[rows]} for name, rows in splits.named.items()}
    expected = sum(tuple((row + 0).tolist()) in held["train"] for row in x[splits.val])
    assert 0 < expected < 100
    assert count_duplicates(x, splits)["train_val"] == expected


def test_a_large_file_is_read_once_for_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    path, memory = written(tmp_path / "a.csv"), tmp_path / "memory"
    os.utime(path, (0, 0))
    monkeypatch.setattr(files, "_TICK", -10.0)
    data = ADAPTER.validate_python({"source": "csv", "path": str(path)})
    first = source_digest(data, memory)
    assert first == source_digest(data)
    hashed = files.hashlib.file_digest
    monkeypatch.setattr(files.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    assert source_digest(data, memory) == first
    monkeypatch.setattr(files.hashlib, "file_digest", hashed)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"red", b"tan", 1))
    os.utime(path, (0, 0))  # size and time of the content are as they were
    assert source_digest(data, memory) == source_digest(data) != first


def test_a_file_that_changed_since_the_plan_is_found_though_its_digest_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    monkeypatch.setattr(files, "_TICK", -10.0)
    path, memory = written(tmp_path / "a.csv"), tmp_path / "memory"
    data = ADAPTER.validate_python({"source": "csv", "path": str(path)})
    digest = source_digest(data, memory)
    require_unchanged(data, digest, memory)
    written(path, TEXT.replace("red", "tan", 1))
    with pytest.raises(UserError, match="changed while they were read"):
        require_unchanged(data, digest, memory)


def test_blocks_are_made_in_their_order_while_the_one_before_is_in_use() -> None:
    used, made = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert used.wait(10), "made before the first was in use"
        made.set()
        yield 2

    found = ahead(items())
    assert next(found) == 1
    used.set()
    assert made.wait(10), "not made while the first is in use"
    assert list(found) == [2]


def test_what_is_wrong_with_a_block_is_told_where_it_is_used() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise UserError("line 7")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(UserError, match="line 7"):
        next(found)


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    source_digest(ADAPTER.validate_python({"source": "csv", "path": str(written(tmp_path / "a.csv"))}), tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_memory_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_LARGE", 0)
    monkeypatch.setattr(files, "_TICK", -10.0)
    (tmp_path / "memory").write_text("no folder")
    data = ADAPTER.validate_python({"source": "csv", "path": str(written(tmp_path / "a.csv"))})
    assert source_digest(data, tmp_path / "memory") == source_digest(data)
