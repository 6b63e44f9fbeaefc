"""Markers say which keys are tracked where, and stop saying so when it is no longer true."""

import json
from pathlib import Path

import pytest
import yaml

from mindgap.jobs.session import Session
from mindgap.tracking.markers import Marker, default_uri, drop_false_markers, marker_path, read_marker, write_marker
from tests.driver import ROOT, SCRIPTS

KEYS = {"prepare": "0" * 16, "evaluate": "1" * 16}
SERVER = "http://127.0.0.1:5000"


def write(results: Path, uri: str, *, tracked: bool = True) -> Path:
    path = marker_path(results, "digits", uri, KEYS)
    write_marker(path, Marker(tracked, "said", 7))
    return path


def test_a_marker_is_a_file_of_the_study_that_says_what_it_was_told(tmp_path: Path) -> None:
    path = write(tmp_path, SERVER)
    assert path.parent == tmp_path / "digits" / ".tracked"
    assert json.loads(path.read_text()) == {"tracked": True, "message": "said", "runs": 7}
    assert read_marker(path) == Marker(True, "said", 7)


def test_what_is_no_marker_is_read_as_none(tmp_path: Path) -> None:
    path = tmp_path / "marker.json"
    assert read_marker(path) is None
    for content in (
        "",
        "{",
        "[]",
        "null",
        '{"tracked": true}',
        '{"tracked": true, "message": "", "runs": 1, "more": 2}',
    ):
        path.write_text(content)
        assert read_marker(path) is None


def test_another_key_or_store_is_another_marker_and_the_order_of_keys_is_not(tmp_path: Path) -> None:
    path = marker_path(tmp_path, "digits", SERVER, KEYS)
    assert path == marker_path(tmp_path, "digits", SERVER, dict(reversed(KEYS.items())))
    assert path != marker_path(tmp_path, "digits", SERVER, KEYS | {"evaluate": "2" * 16})
    assert path != marker_path(tmp_path, "digits", default_uri(tmp_path), KEYS)


def test_a_password_in_the_uri_does_not_show(tmp_path: Path) -> None:
    assert "secret" not in str(marker_path(tmp_path, "digits", "postgresql://me:secret@host/db", KEYS))


def test_a_marker_that_says_not_tracked_is_dropped_and_others_stay(tmp_path: Path) -> None:
    false, true = write(tmp_path, "http://127.0.0.1:1", tracked=False), write(tmp_path, SERVER)
    drop_false_markers(tmp_path, "digits", SERVER)
    assert not false.exists()
    assert true.exists()


def test_a_marker_that_cannot_be_read_is_dropped(tmp_path: Path) -> None:
    path = write(tmp_path, SERVER)
    path.write_bytes(b'{"tracked": tr')
    drop_false_markers(tmp_path, "digits", SERVER)
    assert not path.exists()


def test_deleting_the_default_database_drops_its_markers_only(tmp_path: Path) -> None:
    default, server = write(tmp_path, default_uri(tmp_path)), write(tmp_path, SERVER)
    (tmp_path / "mlflow.db").touch()
    drop_false_markers(tmp_path, "digits", default_uri(tmp_path))
    assert default.exists()
    (tmp_path / "mlflow.db").unlink()
    drop_false_markers(tmp_path, "digits", default_uri(tmp_path))
    assert not default.exists()
    assert server.exists()


def test_a_job_of_its_own_process_leaves_markers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    false = write(Path("results"), SERVER, tracked=False)
    params = yaml.safe_load((ROOT / "params/study.yaml").read_text())
    Session(params, [], SCRIPTS, main=False)
    assert false.exists()
    Session(params, [], SCRIPTS)
    assert not false.exists()


def test_a_study_without_markers_has_nothing_to_drop(tmp_path: Path) -> None:
    drop_false_markers(tmp_path, "digits", default_uri(tmp_path))
    assert not (tmp_path / "digits").exists()
