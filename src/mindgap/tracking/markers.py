"""Marker files: each says that current results of a study, or claims, stand in an MLflow store, or why not yet."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from mindgap.store.documents import read_json, write_json

EARLY = {
    "search": ("prepare", "check", "search"),
    "evaluate": ("prepare", "check", "search", "train", "baselines", "evaluate"),
}
"""The kinds of stages that are tracked beside what follows them, by the last of these kinds, one after another."""


def default_uri(results: Path) -> str:
    """The MLflow store of those who name no other: a SQLite file beside the results."""
    return f"sqlite:///{_default_database(results)}"


def tracking_uri(results: Path) -> str:
    """The MLflow store that MLFLOW_TRACKING_URI names, or else the default one."""
    return os.environ.get("MLFLOW_TRACKING_URI") or default_uri(results)


def marker_path(results: Path, study: str, uri: str, keys: dict[str, str]) -> Path:
    """Where the marker lies for these keys (stage to key) in this MLflow store; other keys, another marker.

    The store's URI enters as a hash only, as it may hold a password.
    """
    text = json.dumps(dict(sorted(keys.items())))
    return _folder(results, study) / f"{_short_hash(uri)}-{_short_hash(text)}.json"


@dataclass(frozen=True)
class Marker:
    """Whether a study is tracked, what is to be said of it, and how many MLflow runs its stages have there."""

    tracked: bool
    message: str
    runs: int


def write_marker(path: Path, marker: Marker) -> None:
    """Write a marker whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write_json(partial, marker)
    partial.replace(path)


def read_marker(path: Path) -> Marker | None:
    """A marker; None where there is none, or it cannot be read."""
    try:
        return Marker(**read_json(path))
    except (OSError, ValueError, TypeError):
        return None


def drop_false_markers(results: Path, study: str, uri: str) -> None:
    """Remove the markers that are no longer true, so that the next run tracks again.

    These are the markers that say `tracked: false` or cannot be read, and, once the default store's database is gone,
    all markers of that store.
    """
    lost = uri == default_uri(results) and not _default_database(results).exists()
    for path in sorted(_folder(results, study).glob("*.json")):
        marker = read_marker(path)
        if marker is None or marker.tracked is not True or (lost and path.name.startswith(f"{_short_hash(uri)}-")):
            path.unlink(missing_ok=True)


def drop_other_markers(path: Path) -> None:
    """Remove the markers of other results in the same store, as what they speak of is to be replaced there."""
    store, _, _ = path.name.partition("-")
    for other in set(path.parent.glob(f"{store}-*.json")) - {path}:
        other.unlink(missing_ok=True)


def _folder(results: Path, study: str) -> Path:
    return results / study / ".tracked"


def _default_database(results: Path) -> Path:
    return results.resolve() / "mlflow.db"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
