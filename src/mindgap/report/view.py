"""The current view of a study, results/<study>: made from the store, and at any time made again."""

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mindgap.models.model import save_model, winning_model
from mindgap.report.figures import draw_all
from mindgap.report.page import write_report
from mindgap.report.study_files import StudyFiles
from mindgap.report.summary import summarise
from mindgap.store.ledger import read_ledger
from mindgap.store.results import read_json, write_json


def write_view(view: Mapping[str, Any], folder: Path, current: Path) -> None:
    """Write summary, figures, report, keys, run times and a link per stage; last, the marker `current`.

    `view` has the study's name and title, the data's digest, the ledger's path, and by step its key and its folder in
    the store. The marker's name says which keys the view shows, so those of other keys go.
    """
    stages = {name: Path(path) for name, path in view["stages"].items()}
    searches = {name.partition(".")[2]: path for name, path in stages.items() if name.startswith("search.")}
    study = StudyFiles.load(stages["prepare"], stages["check"], searches, stages["train"], stages["evaluate"])
    shutil.rmtree(folder / "figures", ignore_errors=True)  # those of an earlier mindgap may have other names
    (folder / "figures").mkdir(parents=True)
    for marker in current.parent.glob("*.json"):
        marker.unlink()
    write_json(folder / "summary.json", summarise(study, view["study"], view["digest"], view["keys"]))
    write_json(folder / "keys.json", view["keys"])
    figures = draw_all(study, folder / "figures")
    save_model(winning_model(stages["prepare"], stages["train"]), folder / "model.npz")
    ledger = read_ledger(Path(view["ledger"]))
    write_report(study, figures, ledger, view["keys"], view["title"], folder / "report.html")
    _link(stages, folder)
    write_json(current, {"keys": view["keys"]})


def write_runtime(manifests: Mapping[str, list[Path]], started: float, out: Path) -> None:
    """Write seconds by stage, and how many of its jobs ran since `started` (a time stamp) or were reused.

    Shards need not be there any more where another cut of the same work made the result.
    """
    table: dict[str, dict[str, float]] = {}
    for stage, paths in manifests.items():
        times = [read_json(path)["runtime"] for path in paths if path.is_file()]
        ran = sum(datetime.fromisoformat(entry["started"]).timestamp() >= int(started) for entry in times)
        table[stage] = {
            "wall_seconds": round(sum(entry["wall_seconds"] for entry in times), 3),
            "cpu_seconds": round(sum(entry["cpu_seconds"] for entry in times), 3),
            "jobs_run": ran,
            "jobs_reused": len(times) - ran,
        }
    write_json(out, table)


def _link(stages: Mapping[str, Path], folder: Path) -> None:
    """Links stages/<name> to the store, relative, so that the results folder can be moved."""
    links = folder / "stages"
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir()
    for name, target in stages.items():
        (links / name).symlink_to(os.path.relpath(target, links), target_is_directory=True)
