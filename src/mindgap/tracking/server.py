"""A server as MLflow's store: its runs are written over some connections at once, as each answer may take its time."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from mindgap.tracking import CONNECTIONS
from mindgap.tracking.entry import Entry

T = TypeVar("T")
R = TypeVar("R")


class Server:
    """The runs of one experiment on a tracking server."""

    def __init__(self, client: MlflowClient, experiment: str) -> None:
        self._client = client
        self._experiment = experiment

    def create(self, entries: Sequence[Entry]) -> list[str]:
        """Write runs with all that they hold, and return their ids."""
        return self.each(self._create, entries)

    def each(self, do: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each item, some at a time; an error ends what has not begun."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            return list(pool.map(do, items))

    def _create(self, entry: Entry) -> str:
        record, client = entry.record, self._client
        created = client.create_run(self._experiment, entry.started, entry.tags, record.name)
        run = str(created.info.run_id)
        client.log_batch(
            run,
            metrics=[Metric(name, value, entry.started, step) for name, value, step in record.points],
            params=[Param(name, value) for name, value in entry.params.items()],
        )
        if entry.ended is not None:
            client.set_terminated(run, end_time=entry.ended)
        return run
