"""Coded rows: bytes on disk that are read as the float32 numbers that the same rows are prepared to."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from mindgap.data.coded import Coded
from mindgap.data.prepared import SplitName, is_coded, open_split
from mindgap.params.preprocess import Preprocess
from mindgap.stages import prepare as stage
from mindgap.store.documents import read_json
from tests.driver import drive, small_study
from tests.unit.test_data_prepare import ADAPTER, contents

BLOCKS = [{"filters": 3, "kernel": 3}, {"filters": 4, "kernel": 2, "pool": None}]
CONVOLVED: dict[str, Any] = {
    "study": "convolved",
    "data": {"source": "digits", "train_rows": 300},
    "model": {"convolution": BLOCKS, "hidden": [8]},
    "train": {"epochs": 2, "monitors": "full", "augment": {"shift": 1}},
    "check": {"on_failure": "warn"},
    "search": {
        "space": {"learning_rate": {"log_uniform": [0.01, 0.2]}},
        "levels": {"coarse": {"trials": 4, "epochs": 2, "halving": {"eta": 2}}},
    },
    "final": {"candidates": 2, "seeds": 2},
}


def colours(folder: Path) -> Path:
    """Images of three channels, uint8, in a file of Fortran's order."""
    random, path = np.random.default_rng(0), folder / "colours.npz"
    x = random.integers(0, 256, (80, 5, 4, 3), np.uint8)
    x[:, 0, 0] = 7
    np.savez(path, x=np.asfortranarray(x), y=np.arange(80) % 2)
    return path


def both(folder: Path, preprocess: dict[str, Any], **data: Any) -> list[Path]:
    """A data set prepared as float32, and asked for as codes."""
    folders = [folder / "plain", folder / "coded"]
    for own in folders:
        own.mkdir()
        wanted = own.name == "coded"
        stage.prepare(ADAPTER.validate_python(data), Preprocess(**preprocess), 0, own, coded=wanted)
    return folders


@pytest.mark.parametrize("width", [1, 900])
def test_coded_rows_are_read_as_the_array_that_they_stand_for(width: int) -> None:
    random = np.random.default_rng(0)
    codes, table = random.integers(0, 256, (300, 900), np.uint8), random.random((256, width), np.float32)
    coded, plain = Coded(codes, table), table[codes, np.arange(900) % width]
    assert (coded.shape, len(coded), coded.dtype) == (plain.shape, len(plain), plain.dtype)
    chosen = random.integers(0, 300, (2, 130))
    for rows in (slice(5), slice(290, 400), slice(3, 3), chosen[0], 7):
        assert np.array_equal(coded[rows], plain[rows])
    out = np.empty((2, 130, 900), np.float32)
    assert coded.take(chosen, out) is out
    assert np.array_equal(out, plain[chosen])
    assert np.array_equal(np.asarray(coded), plain)
    assert np.asarray(coded, np.float64).dtype == np.float64


@pytest.mark.parametrize("center", ["none", "feature", "image", "channel"])
@pytest.mark.parametrize("scale", ["none", "feature"])
@pytest.mark.parametrize("source", ["digits", "npz"])
def test_codes_are_read_as_the_bits_that_are_prepared_without_them(source, scale, center, tmp_path) -> None:
    own = {"path": str(colours(tmp_path))} if source == "npz" else {}
    plain, coded = both(tmp_path, {"center": center, "scale": scale}, source=source, **own)
    assert (is_coded(plain), is_coded(coded)) == (False, True)
    for name in get_args(SplitName):
        expected, found = open_split(plain, name).x, open_split(coded, name).x
        assert np.load(coded / f"x_{name}.npy").dtype == np.uint8
        assert np.asarray(found).tobytes() == expected.tobytes()
    shared = scale == "none" and (center == "none" or (center == "channel" and source == "digits"))
    assert np.load(coded / "x_table.npy").shape[1] == (1 if shared else expected.shape[1])
    others = [{name: own for name, own in contents(each).items() if name[:2] != "x_"} for each in (plain, coded)]
    assert others[0] == others[1]


@pytest.mark.parametrize(
    ("preprocess", "data"),
    [
        ({"pca": {"components": 5}}, {"source": "digits"}),
        ({}, {"source": "digits", "blanks": 0.3}),
        ({}, {"source": "synthetic", "kind": "moons"}),
        ({}, {"source": "breast_cancer"}),
    ],
)
def test_rows_that_are_no_images_of_bytes_stay_float32(preprocess, data, tmp_path) -> None:
    plain, coded = both(tmp_path, preprocess, **data)
    assert contents(plain) == contents(coded)


def test_a_studys_data_are_coded_where_any_of_its_networks_has_convolution(tmp_path) -> None:
    _, dense = small_study(tmp_path)
    assert "coded" not in dense.prepare.params
    _, convolved = small_study(tmp_path, CONVOLVED)
    assert convolved.prepare.params["coded"] is True


def test_a_study_on_codes_has_the_results_of_one_on_float32(tmp_path, monkeypatch) -> None:
    def without(*given: Any, coded: bool = False, **more: Any) -> None:
        prepare(*given, **more)

    prepare, found = stage.prepare, []
    for name in ("coded", "plain"):
        graph, jobs = small_study(tmp_path / name, CONVOLVED)
        for job in graph.jobs.values():
            drive(graph, job)
        assert is_coded(graph.folder(jobs.prepare.address)) == (name == "coded")
        found.append({job.key: read_json(graph.manifest(job.address))["files"] for job in graph.jobs.values()})
        found[-1].pop(jobs.prepare.key)
        monkeypatch.setattr(stage, "prepare", without)
    assert found[0] == found[1]
