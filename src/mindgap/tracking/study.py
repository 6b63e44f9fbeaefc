"""Tracking a study: each stage that MLflow does not have yet goes there, and the final model and report with it."""

import gc
import tempfile
from collections.abc import Callable, Container, Sequence
from functools import partial
from pathlib import Path

from mlflow.entities import LoggedModelOutput, Metric, RunTag
from mlflow.models import Model

from mindgap.results.evaluation import Evaluation
from mindgap.results.training import Training
from mindgap.results.view import View
from mindgap.stages.verdict import verdict
from mindgap.store.keys import file_digest, key_of
from mindgap.store.parsed import KNOWN
from mindgap.tracking.markers import default_uri
from mindgap.tracking.model import pack_model
from mindgap.tracking.records import StageRecord, read_stage, texts
from mindgap.tracking.store import opened, reported
from mindgap.tracking.tracked import Tracked
from mindgap.tracking.writer import Writer

EVALUATE, MODEL, REPORT = "evaluate", "model", "mindgap.report"


def track_stages(view: View, kinds: Container[str], uri: str | None, results: Path) -> Tracked:
    """Put into MLflow what it does not have of some kinds of stages, before the others are known or the page is there.

    The rest, and what this could not do, is left to `track_study`. Raises TrackingUnavailable.
    """
    return _track(_read(view, kinds), view, uri, results, None)


def track_study(view: View, uri: str | None, results: Path) -> Tracked:
    """Put into MLflow what it does not have of a study; a second call changes nothing.

    `uri` None means `default_uri(results)`. There is one experiment, named as the study; a parent run for a stage; a
    child run for each trial and each replicate of the final training. The final model, the verdict, and the report and
    its figures from <results>/<study> belong to the run of `evaluate`. Raises TrackingUnavailable.
    """
    return _track(_read(view), view, uri, results, results / view.study)


def _track(records: Sequence[StageRecord], view: View, uri: str | None, results: Path, page: Path | None) -> Tracked:
    """The same of stages that are read; the report is in the folder `page`, if it is there."""
    uri = default_uri(results) if uri is None else uri
    with reported(uri), opened(uri):
        writer = Writer(uri, view.study, results)
        finished = writer.finished()
        missing = [stage for stage in records if (stage.stage, stage.key) not in finished]
        parents = writer.start(missing)
        beside: list[Callable[[], None]] = []
        for stage in records:
            if stage.stage == EVALUATE:
                complete = finished.get((EVALUATE, stage.key))
                run = parents[EVALUATE] if complete is None else complete.info.run_id
                if complete is None:
                    KNOWN.keep_in(results)  # the plan has parsed most of the code that goes with the model
                    beside.append(partial(_log_model, writer, run, stage, view))
                if page is not None:
                    logged = None if complete is None else complete.data.tags.get(REPORT)
                    beside.append(partial(_log_report, writer, run, logged, view, page))
        writer.fill(missing, parents, *beside)
        writer.finish(missing, parents)
    runs, new = (sum(stage.runs for stage in stages) for stages in (records, missing))
    return Tracked(writer.client.tracking_uri, writer.experiment, runs, new)


def _read(view: View, kinds: Container[str] | None = None) -> list[StageRecord]:
    """The stages of the first fold, or of the one split, and searches and trainings of the others; or some `kinds`."""
    folded = any("@" in name for name in view.stages)
    records = []
    for name, folder in view.stages.items():
        stage, _, fold = name.partition("@")
        kind = stage.partition(".")[0]
        if (not fold or kind in ("search", "train")) and (kinds is None or kind in kinds):
            own = fold.removeprefix("fold") or "1"
            records.append(read_stage(name, folder, own if folded and kind not in ("check", EVALUATE) else None))
    gc.freeze()  # else every collection walks the million objects that importing MLflow left, a tenth of the time
    return records


def _log_model(writer: Writer, run: str, stage: StageRecord, view: View) -> None:
    """Add the final model to the run of `evaluate`, with its own metrics as `model.<split>_<metric>`."""
    evaluation, save = Evaluation.read(stage.folder), Training.read(view.stages["train"]).save
    kind = "classifier" if evaluation.task == "classification" else "regressor"
    model = writer.client.create_logged_model(
        writer.experiment, MODEL, run, params=texts(evaluation.spec), model_type=kind
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / MODEL
        description = Model(run_id=run, model_uuid=model.model_id, model_id=model.model_id)
        pack_model(folder, view.stages["prepare"], view.stages["train"], description)
        writer.upload(model.artifact_location, folder)
    writer.client.log_outputs(run, [LoggedModelOutput(model.model_id, step=0)])
    metrics = [
        Metric(f"model.{split}_{metric}", value, stage.started, 0, model_id=model.model_id)
        for split, values in evaluation.saved(save).items()
        for metric, value in values.items()
    ]
    writer.client.log_batch(run, metrics=metrics)
    writer.client.finalize_logged_model(model.model_id, "READY")


def _log_report(writer: Writer, run: str, logged: str | None, view: View, folder: Path) -> None:
    """Add verdict and report to the run of `evaluate`, unless what it has is the same; a new title is a new report."""
    files = [
        path for path in (folder / name for name in ("report.html", "summary.json", "predictions.csv")) if path.exists()
    ]
    figures = sorted((folder / "figures").glob("*.svg"))
    digest = key_of({path.name: file_digest(path) for path in [*files, *figures]})
    if digest == logged:
        return
    writer.log_files(run, [*((path, None) for path in files), *((path, "figures") for path in figures)])
    said = verdict(Evaluation.read(view.stages["evaluate"]))
    tags = {"mindgap.verdict": said.label, "mlflow.note.content": said.text, REPORT: digest}
    writer.client.log_batch(run, tags=[RunTag(name, value) for name, value in tags.items()])
