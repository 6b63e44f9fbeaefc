"""The writer: puts stages into one MLflow experiment, and clears away what a killed tracker left behind."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT, MLFLOW_PARENT_RUN_ID, MLFLOW_SOURCE_NAME, MLFLOW_SOURCE_TYPE

from mindgap.store.keys import key_of
from mindgap.tracking.database import Database
from mindgap.tracking.entry import Entry
from mindgap.tracking.records import Record, StageRecord
from mindgap.tracking.server import Server
from mindgap.tracking.store import is_database

PAGE = 1000
KIND, STAGE, KEY, OWNER = "mindgap.kind", "mindgap.stage", "mindgap.key", "mindgap.owner"

T = TypeVar("T")
R = TypeVar("R")


class Runs(Protocol):
    """The runs of an experiment, in a database or on a server."""

    def create(self, entries: Sequence[Entry]) -> list[str]:
        """Write runs with all that they hold, and return their ids."""

    def each(self, do: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each item, at once where that is quicker."""


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
            experiment = self.client.get_experiment(self.client.create_experiment(study, artifacts))
        elif experiment.lifecycle_stage != "active":
            raise MlflowException(
                f"the experiment {study!r} was deleted there but still holds its name; run 'mlflow experiments restore "
                f"--experiment-id {experiment.experiment_id}' or, to remove it for good, 'mlflow gc'"
            )
        self.experiment = str(experiment.experiment_id)
        self.runs: Runs = Database(uri, experiment) if is_database(uri) else Server(self.client, self.experiment)

    def finished(self) -> dict[tuple[str, str], Run]:
        """The complete parent runs by stage and key. Those that this owner's killed tracker left are removed."""
        complete = {}
        for run in list(self._runs(KIND, "stage")):
            if run.info.status == "FINISHED":
                complete[run.data.tags[STAGE], run.data.tags[KEY]] = run
            elif run.data.tags.get(OWNER) == self.owner:
                self._remove(run)
        return complete

    def start(self, stages: Sequence[StageRecord]) -> dict[str, str]:
        """Write the parents of stages, and return them by the stages' names; `fill` and `finish` do the rest."""
        tags = {KIND: "stage"}
        created = self.runs.create([self._entry(stage, stage.parent, tags, stage.started, None) for stage in stages])
        return dict(zip((stage.stage for stage in stages), created, strict=True))

    def fill(self, stages: Sequence[StageRecord], parents: Mapping[str, str], *beside: Callable[[], None]) -> None:
        """Write the runs and files of stages; to a server, what is to be done `beside` it goes at the same time."""
        parts: list[Callable[[], None]] = [
            partial(self._log_children, stages, parents),
            partial(self._log_manifests, stages, parents),
            *beside,
        ]
        self.runs.each(lambda part: part(), parts)

    def finish(self, stages: Sequence[StageRecord], parents: Mapping[str, str]) -> None:
        """Mark stages as complete, and remove what a request left that was sent again as its answer was lost."""
        self.runs.each(lambda stage: self._end(parents[stage.stage], stage.ended), stages)
        self.runs.each(self._delete, list(self._runs(OWNER, self.owner, "attributes.status = 'RUNNING'")))

    def log_files(self, run: str, files: Sequence[tuple[Path, str | None]]) -> None:
        """Add files to a run, each to a folder of its artifacts, or None."""
        self.runs.each(lambda file: self.client.log_artifact(run, str(file[0]), file[1]), files)

    def upload(self, artifacts: str, folder: Path) -> None:
        """Put what a folder holds where a model's artifacts belong."""
        repository = get_artifact_repository(artifacts, tracking_uri=self.client.tracking_uri)
        if isinstance(repository, LocalArtifactRepository):  # copies a folder in a fraction of its files' time
            repository.log_artifacts(str(folder))
            return
        files = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
        self.runs.each(lambda path: repository.log_artifact(str(folder / path), _parent(path)), files)

    def remove_others(self, finished: Mapping[tuple[str, str], Run], stage: str, key: str) -> None:
        """Remove this owner's complete runs of a stage that have other keys."""
        for (name, other), run in finished.items():
            if name == stage and other != key and run.data.tags.get(OWNER) == self.owner:
                self._remove(run)

    def _log_children(self, stages: Sequence[StageRecord], parents: Mapping[str, str]) -> None:
        children = [entry for stage in stages for entry in self._children(stage, parents[stage.stage])]
        runs = self.runs.create(children)
        texts = [(run, entry.record.files) for run, entry in zip(runs, children, strict=True) if entry.record.files]
        self.runs.each(lambda logged: self._log_texts(*logged), texts)

    def _log_manifests(self, stages: Sequence[StageRecord], parents: Mapping[str, str]) -> None:
        self.runs.each(
            lambda stage: self.client.log_artifact(parents[stage.stage], str(stage.folder / "manifest.json")), stages
        )

    def _children(self, stage: StageRecord, parent: str) -> Iterator[Entry]:
        tags = {KIND: "run", MLFLOW_PARENT_RUN_ID: parent}
        # One millisecond apart, as MLflow lists runs by their start and the engine trains them all at once.
        for started, child in enumerate(stage.children, start=stage.started + 1):
            yield self._entry(stage, child, tags, started, max(stage.ended, started))

    def _entry(
        self, stage: StageRecord, record: Record, tags: dict[str, str], started: int, ended: int | None
    ) -> Entry:
        own = {
            "mindgap.study": self.study,
            STAGE: stage.stage,
            KEY: stage.key,
            OWNER: self.owner,
            MLFLOW_SOURCE_NAME: "mindgap",
            MLFLOW_SOURCE_TYPE: "PROJECT",
            **({} if stage.commit is None else {MLFLOW_GIT_COMMIT: stage.commit}),
        }
        return Entry(record, own | tags, started, ended)

    def _log_texts(self, run: str, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            self.client.log_text(run, text, name)

    def _end(self, run: str, time: int) -> None:
        self.client.set_terminated(run, end_time=time)

    def _remove(self, parent: Run) -> None:
        """Remove an incomplete stage; its parent goes last, so that a second kill leaves it to be found again."""
        identity = parent.info.run_id
        for model in self.client.search_logged_models([self.experiment], f"source_run_id = '{identity}'"):
            self.client.delete_logged_model(model.model_id)
        self.runs.each(self._delete, list(self._runs(MLFLOW_PARENT_RUN_ID, identity)))
        self._delete(parent)

    def _delete(self, run: Run) -> None:
        if run.info.status == "RUNNING":
            self.client.set_terminated(run.info.run_id, status="KILLED")
        self.client.delete_run(run.info.run_id)

    def _runs(self, tag: str, value: str, *conditions: str) -> Iterator[Run]:
        query, token = " and ".join([f"tags.`{tag}` = '{value}'", *conditions]), None
        while True:
            page = self.client.search_runs([self.experiment], query, max_results=PAGE, page_token=token)
            yield from page
            if not (token := page.token):
                return


def _parent(path: Path) -> str | None:
    """The folder that a file is in, None at the top."""
    return None if path.parent == Path() else path.parent.as_posix()
