"""The MLflow store: whether it can be reached, and the one message for when it cannot."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy
from alembic.util import CommandError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from mindgap.errors import UserError

DATABASES = ("sqlite", "postgresql", "mysql", "mssql")


class TrackingUnavailable(UserError):
    """MLflow cannot be reached or written; what the study computed is not affected."""


def is_database(uri: str) -> bool:
    """Whether the URI names a database that this process opens itself, rather than a server."""
    return urlsplit(uri).scheme.partition("+")[0] in DATABASES


@contextmanager
def reported(uri: str) -> Iterator[None]:
    """Turn whatever MLflow, the database or the network raises into one TrackingUnavailable that names the URI."""
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, CommandError, OSError, ImportError) as error:
        raise TrackingUnavailable(
            f"MLflow store {_without_password(uri)}: {_reason(error)}. Nothing that the study computed is lost. "
            "Make the store reachable and writable, or name another one in MLFLOW_TRACKING_URI (unset, it is "
            "results/mlflow.db); the next run tracks what is missing."
        ) from error


@contextmanager
def opened(uri: str) -> Iterator[None]:
    """Make sure that a database can be opened before MLflow tries, as it would go on trying for minutes.

    A SQLite file that does not exist yet is written without waiting for the disk after each of a thousand commits,
    which saves a quarter of the time and more on slow disks. A kill does it no harm; only a power failure in these
    seconds can, and then there is nothing in it that the next run cannot write again.
    """
    file = _sqlite_file(uri)
    if file is None or _holds_something(file):
        if is_database(uri):
            _connect(uri)
        yield
        return
    event.listen(Engine, "connect", _do_not_wait_for_the_disk)
    try:
        _create(file)
        yield
    finally:
        event.remove(Engine, "connect", _do_not_wait_for_the_disk)


def _sqlite_file(uri: str) -> Path | None:
    if not uri.startswith("sqlite:"):
        return None
    database = sqlalchemy.make_url(uri).database
    return Path(database) if database else None


def _holds_something(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _connect(uri: str) -> None:
    """Connect once, to SQLite with the right to write."""
    engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create(file: Path) -> None:
    """Make an empty MLflow database, under another name until it is whole: MLflow never repairs a half-made schema.

    Of several trackers that want the same one at once, one makes it, and the others wait.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial, lock = (file.with_name(f"{file.name}.{end}") for end in ("partial", "lock"))
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _holds_something(file):
            partial.unlink(missing_ok=True)
            for left in (partial, file):  # SQLite would play a deleted file's journal back into the new one
                left.with_name(f"{left.name}-journal").unlink(missing_ok=True)
            _connect(f"sqlite:///{partial}")
            MlflowClient(tracking_uri=f"sqlite:///{partial}").search_experiments(max_results=1)
            partial.replace(file)
        lock.unlink(missing_ok=True)  # whoever waits for it, or makes another, finds the database


def _do_not_wait_for_the_disk(connection: DBAPIConnection, record: object) -> None:
    connection.cursor().execute("PRAGMA synchronous = OFF")


def _reason(error: BaseException) -> str:
    """The first line of what began a chain of errors: the operating system, the database or the server says it best."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _without_password(uri: str) -> str:
    """What may be shown of a URI; a password may also be among what follows a question mark."""
    uri, _, _ = uri.partition("?")
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    _, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))
