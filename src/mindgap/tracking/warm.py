"""What else is done when a database is first opened, done by importing this: once, before tracking is forked."""

import mlflow.store.tracking.sqlalchemy_store  # noqa: F401  # MLflow imports it where it is first used
from sqlalchemy.orm import configure_mappers

configure_mappers()
