"""The MLflow store: whether it can be reached, and the one message for when it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy
from mlflow.exceptions import MlflowException
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from mindgap.errors import UserError

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")


class TrackingUnavailable(UserError):  # noqa: N818 - an error by its base, and named for what is wrong
    """MLflow cannot be reached or written; what the study computed is not affected."""


def is_database(uri: str) -> bool:
    """Whether the URI names a database that this process opens itself, rather than a server."""
    return urlsplit(uri).scheme.partition("+")[0] in DATABASES


@contextmanager
def reported(uri: str) -> Iterator[None]:
    """Turn whatever MLflow, the database or the network raises into one TrackingUnavailable that names the URI."""
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError, ImportError) as error:
        raise TrackingUnavailable(
            f"MLflow store {_without_password(uri)}: {_reason(error)}. Nothing that the study computed is lost. "
            "Make the store reachable and writable, or name another one in MLFLOW_TRACKING_URI (unset, it is "
            "results/mlflow.db); the next run tracks what is missing."
        ) from error


@contextmanager
def opened(uri: str) -> Iterator[None]:
    """Open a database once, for writing if it is SQLite; MLflow itself would try for minutes before it gives up.

    A SQLite file that does not exist yet is written without waiting for the disk after each of a thousand commits,
    which saves a quarter of the time and more on slow disks. A kill does it no harm; only a power failure in these
    seconds can, and then there is nothing in it that the next run cannot write again.
    """
    if not is_database(uri):
        yield
        return
    url = sqlalchemy.make_url(uri)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    new = file is not None and not (file.exists() and file.stat().st_size)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        if file is not None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    if not new:
        yield
        return
    event.listen(Engine, "connect", _do_not_wait_for_the_disk)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _do_not_wait_for_the_disk)


def _do_not_wait_for_the_disk(connection: DBAPIConnection, record: object) -> None:  # noqa: ARG001
    connection.cursor().execute("PRAGMA synchronous = OFF")


def _reason(error: BaseException) -> str:
    """The first line of what began a chain of errors: the operating system, the database or the server says it best."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    _, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))
