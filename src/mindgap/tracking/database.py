"""A database as the store: its runs are written here by the hundred, as the rows that MLflow itself would write."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy
from mlflow.entities import Experiment, RunStatus, SourceType
from mlflow.store.db.utils import create_sqlalchemy_engine
from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric, SqlParam, SqlRun, SqlTag
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME
from mlflow.utils.uri import append_to_uri_path

from mindgap.tracking.entry import Entry
from mindgap.tracking.records import Point

RUNS = 200
"""Runs a transaction: long enough to cost nothing, and short enough that nobody waits for the database."""
TABLES = (SqlRun, SqlTag, SqlParam, SqlMetric, SqlLatestMetric)
"""In the order in which they refer to each other."""

T = TypeVar("T")
R = TypeVar("R")
Rows = list[dict[str, Any]]


class Database:
    """The runs of one experiment in a database that this process opens itself."""

    def __init__(self, uri: str, experiment: Experiment) -> None:
        """The database is one that MLflow has opened before, so its schema is known to be the right one."""
        self._engine = create_sqlalchemy_engine(uri)
        self._experiment = experiment

    def create(self, entries: Sequence[Entry]) -> list[str]:
        """Write runs with all that they hold, and return their ids."""
        identities = [uuid.uuid4().hex for _ in entries]
        for start in range(0, len(entries), RUNS):
            rows: dict[type, Rows] = {table: [] for table in TABLES}
            for identity, entry in zip(identities[start : start + RUNS], entries[start : start + RUNS], strict=True):
                self._add(rows, identity, entry)
            with self._engine.begin() as connection:
                for table, values in rows.items():
                    if values:
                        connection.execute(sqlalchemy.insert(table), values)
        return identities

    def each(self, do: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each item, one after another."""
        return list(map(do, items))

    def _add(self, rows: dict[type, Rows], identity: str, entry: Entry) -> None:
        """Add the rows of a run."""
        name = entry.record.name
        rows[SqlRun].append(
            {
                "run_uuid": identity,
                "name": name,
                "source_type": SourceType.to_string(SourceType.UNKNOWN),
                "source_name": "",
                "entry_point_name": "",
                "user_id": "unknown",
                "status": RunStatus.to_string(RunStatus.RUNNING if entry.ended is None else RunStatus.FINISHED),
                "start_time": entry.started,
                "end_time": entry.ended,
                "deleted_time": None,
                "source_version": "",
                "lifecycle_stage": "active",
                "artifact_uri": append_to_uri_path(self._experiment.artifact_location, identity, "artifacts"),
                "experiment_id": int(self._experiment.experiment_id),
            }
        )
        tags = {**entry.tags, MLFLOW_RUN_NAME: name}
        rows[SqlTag] += [{"key": key, "value": value, "run_uuid": identity} for key, value in tags.items()]

        rows[SqlParam] += [{"key": key, "value": value, "run_uuid": identity} for key, value in entry.params.items()]
        points = dict.fromkeys(entry.record.points)
        rows[SqlMetric] += _metrics(identity, entry.started, points)
        rows[SqlLatestMetric] += _metrics(identity, entry.started, _latest(points))


def _latest(points: Iterable[Point]) -> Iterable[Point]:
    """Of each metric the point of the last step, of several there the largest."""
    latest: dict[str, Point] = {}
    for point in points:
        last = latest.get(point.name)
        if last is None or (point.step, point.value) > (last.step, last.value):
            latest[point.name] = point
    return latest.values()


def _metrics(identity: str, time: int, points: Iterable[Point]) -> Iterator[dict[str, Any]]:
    return (
        {"key": name, "value": value, "timestamp": time, "step": step, "is_nan": False, "run_uuid": identity}
        for name, value, step in points
    )
