"""Importing this does beforehand what MLflow and SQLAlchemy do when they first open a database."""

import mlflow.store.tracking.sqlalchemy_store  # noqa: F401  # MLflow imports it where it is first used
from sqlalchemy.orm import configure_mappers

configure_mappers()
