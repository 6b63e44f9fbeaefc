"""The MLflow store: whether it can be reached, and the one message for when it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy
from mlflow.exceptions import MlflowException

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
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError, ImportError) as error:
        raise TrackingUnavailable(
            f"MLflow store {_without_password(uri)}: {_reason(error)}. Nothing that the study computed is lost. Make the "
            "store reachable and writable, or name another one in MLFLOW_TRACKING_URI (unset it for the default, "
            "results/mlflow.db); the next run tracks what is missing."
        ) from error


def probe(uri: str) -> None:
    """Open a database once, for writing if it is SQLite; MLflow itself would try for minutes before it gives up."""
    if not is_database(uri):
        return
    url = sqlalchemy.make_url(uri)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")


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
