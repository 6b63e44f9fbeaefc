"""The view of a study: where its results lie, what it is called, and which keys results/<study> shows now."""

from dataclasses import dataclass
from pathlib import Path

from mindgap.store.documents import read_json

KEYS = "keys.json"
"""Says in results/<study> which keys its view shows, by name: prepare, check, search.<level>, train, ..."""


def shown_keys(folder: Path) -> dict[str, str]:
    """The keys that the view in a folder shows; none where there is none, or it cannot be read."""
    try:
        keys: dict[str, str] = read_json(folder / KEYS)
    except (OSError, ValueError):
        return {}
    return keys


@dataclass(frozen=True)
class View:
    """What the adapters of the report and of tracking are told beside their inputs.

    `stages` are the folders of the study's results by the names of its jobs, `levels` those of the search by level, in
    order. `manifests` are those of all jobs, by stage. `digest` is that of the raw data. `folding`
    says how rows are split where nobody asked for it.
    """

    study: str
    title: str
    stages: dict[str, Path]
    levels: dict[str, Path]
    keys: dict[str, str]
    digest: str | None
    ledger: Path
    manifests: dict[str, list[Path]]
    folding: str | None = None
