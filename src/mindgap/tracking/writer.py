"""The writer: puts stages into one MLflow experiment, and clears away what a killed tracker left behind."""

import platform
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT, MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME, MLFLOW_SOURCE_TYPE

from mindgap.store.keys import key_of
from mindgap.tracking.records import Record, StageRecord
from mindgap.tracking.store import is_database

MOST_METRICS, MOST_PARAMS = 1000, 100
"""What one call of log_batch takes."""
PAGE = 1000
KIND, STAGE, KEY, OWNER = "mindgap.kind", "mindgap.stage", "mindgap.key", "mindgap.owner"


class Writer:
    """The writer of one results folder to a study's experiment; it uses no global state of MLflow.

    A stage's parent run is created first and finished last: while it is not FINISHED, its stage is incomplete. Other
    folders, here or on other machines, may write to the same experiment at the same time: what is complete counts for
    all, and what is not is the business of its owner.
    """

    def __init__(self, uri: str, study: str, results: Path) -> None:
        """Connect, and create schema and experiment where they are absent.

        A database's artifacts go to <results>/mlartifacts/<study>; a server knows its own place.
        """
        self.client = MlflowClient(tracking_uri=uri)
        self.study = study
        self.owner = key_of([platform.node(), str(results.resolve())])
        experiment = self.client.get_experiment_by_name(study)
        if experiment is None:
            artifacts = (results / "mlartifacts" / study).resolve().as_uri() if is_database(uri) else None
            self.experiment = self.client.create_experiment(study, artifacts)
        elif experiment.lifecycle_stage == "active":
            self.experiment = experiment.experiment_id
        else:
            raise MlflowException(
                f"the experiment {study!r} was deleted there but still holds its name; run 'mlflow experiments restore "
                f"--experiment-id {experiment.experiment_id}' or, to remove it for good, 'mlflow gc'"
            )

    def finished(self) -> dict[tuple[str, str], Run]:
        """The complete parent runs by stage and key. Those that this owner's killed tracker left are removed."""
        complete = {}
        for run in list(self._runs(KIND, "stage")):
            if run.info.status == "FINISHED":
                complete[run.data.tags[STAGE], run.data.tags[KEY]] = run
            elif run.data.tags.get(OWNER) == self.owner:
                self._remove(run)
        return complete

    def start(self, stage: StageRecord) -> str:
        """Write a stage's parent, its manifest and all its children, and return the parent's id; `finish` ends it."""
        parent = self._create(stage, stage.parent, stage.started, {KIND: "stage", OWNER: self.owner})
        self.client.log_artifact(parent, str(stage.folder / "manifest.json"))
        tags = {KIND: "run", MLFLOW_PARENT_RUN_ID: parent}
        # One millisecond apart, as MLflow lists runs by their start and the engine trains them all at once.
        for number, child in enumerate(stage.children, start=1):
            run = self._create(stage, child, stage.started + number, tags)
            self.client.set_terminated(run, end_time=max(stage.ended, stage.started + number))
        return parent

    def finish(self, stage: StageRecord, parent: str) -> None:
        """Mark a stage as complete."""
        self.client.set_terminated(parent, end_time=stage.ended)

    def remove_others(self, finished: Mapping[tuple[str, str], Run], stage: str, key: str) -> None:
        """Remove this owner's complete runs of a stage that have other keys."""
        for (name, other), run in finished.items():
            if name == stage and other != key and run.data.tags.get(OWNER) == self.owner:
                self._remove(run)

    def _create(self, stage: StageRecord, record: Record, started: int, tags: dict[str, str]) -> str:
        tags = {
            "mindgap.study": self.study,
            STAGE: stage.stage,
            KEY: stage.key,
            MLFLOW_SOURCE_NAME: "mindgap",
            MLFLOW_SOURCE_TYPE: "PROJECT",
            **({} if stage.commit is None else {MLFLOW_GIT_COMMIT: stage.commit}),
            **record.tags,
            **tags,
        }
        created = self.client.create_run(self.experiment, start_time=started, tags=tags, run_name=record.name)
        run = str(created.info.run_id)
        params = [Param(name, value) for name, value in record.params.items()]
        metrics = [Metric(point.name, point.value, started, point.step) for point in record.points]
        for number in range(max(ceil(len(params) / MOST_PARAMS), ceil(len(metrics) / MOST_METRICS))):
            self.client.log_batch(
                run,
                metrics=metrics[number * MOST_METRICS : (number + 1) * MOST_METRICS],
                params=params[number * MOST_PARAMS : (number + 1) * MOST_PARAMS],
            )
        for name, text in record.files.items():
            self.client.log_text(run, text, name)
        return run

    def _remove(self, parent: Run) -> None:
        """Remove an incomplete stage; its parent goes last, so that a second kill leaves it to be found again."""
        identity = parent.info.run_id
        for model in self.client.search_logged_models([self.experiment], f"source_run_id = '{identity}'"):
            self.client.delete_logged_model(model.model_id)
        for run in [*self._runs(MLFLOW_PARENT_RUN_ID, identity), parent]:
            if run.info.status == "RUNNING":
                self.client.set_terminated(run.info.run_id, status="KILLED")
            self.client.delete_run(run.info.run_id)

    def _runs(self, tag: str, value: str) -> Iterator[Run]:
        token = None
        while True:
            page = self.client.search_runs(
                [self.experiment], f"tags.`{tag}` = '{value}'", max_results=PAGE, page_token=token
            )
            yield from page
            if not (token := page.token):
                return
