"""The current view of a study, results/<study>: made from the store, and at any time made again."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from mindgap.models.file import save_model
from mindgap.models.model import winning_model
from mindgap.report.drawing.draw import draw_all
from mindgap.report.page import write_report
from mindgap.report.predictions import FILE, write_predictions
from mindgap.report.study import FinishedStudy
from mindgap.report.summary import summarise
from mindgap.results.view import KEYS, View
from mindgap.store.documents import write_json
from mindgap.store.ledger import read_ledger


def write_view(view: View, folder: Path, current: Path) -> None:
    """Write summary, figures, report, keys, model, predictions and a link per stage; last, the marker `current`.

    The marker's name says which keys the view shows, so those of other keys go.
    """
    study = FinishedStudy.read(view)
    shutil.rmtree(folder / "figures", ignore_errors=True)  # those of an earlier mindgap may have other names
    (folder / "figures").mkdir(parents=True)
    for marker in current.parent.glob("*.json"):
        marker.unlink()
    summarise(study, view.study, view.digest, view.keys).write(folder)
    write_json(folder / KEYS, view.keys)
    figures = draw_all(study, folder / "figures")
    save_model(winning_model(view.stages["prepare"], view.stages["train"]), folder / "model.npz")
    write_predictions(study, folder / FILE)
    write_report(study, figures, read_ledger(view.ledger), view.keys, view.title, folder / "report.html")
    _link(view.stages, folder)
    write_json(current, {"keys": view.keys})


def _link(stages: Mapping[str, Path], folder: Path) -> None:
    """Links stages/<name> to the store, relative, so that the results folder can be moved."""
    links = folder / "stages"
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir()
    for name, target in stages.items():
        (links / name).symlink_to(os.path.relpath(target, links), target_is_directory=True)
