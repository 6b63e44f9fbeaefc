"""Marker files: each says that a study's current results stand in one MLflow store, or why they do not yet."""

import hashlib
import json
from pathlib import Path


def default_uri(results: Path) -> str:
    """The MLflow store of those who name no other: a SQLite file beside the results."""
    return f"sqlite:///{_default_database(results)}"


def marker_path(results: Path, study: str, uri: str, keys: dict[str, str]) -> Path:
    """Where the marker lies for these keys (stage to key) in this MLflow store; other keys, another marker.

    The store's URI enters as a hash only, as it may hold a password.
    """
    text = json.dumps(dict(sorted(keys.items())))
    return _folder(results, study) / f"{_short_hash(uri)}-{_short_hash(text)}.json"


def write_marker(path: Path, *, tracked: bool, message: str, runs: int) -> None:
    """Write a marker whole or not at all; `runs` counts the MLflow runs that the study's stages have there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    text = json.dumps({"message": message, "runs": runs, "tracked": tracked}, sort_keys=True, indent=1)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


def drop_false_markers(results: Path, study: str, uri: str) -> None:
    """Remove the markers that are no longer true, so that the next run tracks again.

    These are the markers that say `tracked: false` or cannot be read, and, once the default store's database is gone,
    all markers of that store.
    """
    lost = uri == default_uri(results) and not _default_database(results).exists()
    for path in sorted(_folder(results, study).glob("*.json")):
        if not _says_tracked(path) or (lost and path.name.startswith(f"{_short_hash(uri)}-")):
            path.unlink(missing_ok=True)


def _folder(results: Path, study: str) -> Path:
    return results / study / ".tracked"


def _default_database(results: Path) -> Path:
    return results.resolve() / "mlflow.db"


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _says_tracked(path: Path) -> bool:
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(marker, dict) and marker.get("tracked") is True
