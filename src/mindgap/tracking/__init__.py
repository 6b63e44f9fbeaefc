"""Tracking: what the stages wrote, as experiments, runs and a model in MLflow. Nothing else imports mlflow."""

import os

CONNECTIONS = 32
"""To a tracking server, at once."""

# MLflow reads its settings from the environment, some of them once, on import. No usage telemetry; no log lines that
# repeat with a traceback what TrackingUnavailable says; no line and no bar for each run and file; and a server that
# does not answer costs seconds, not minutes.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
for _name, _value in {
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_POOL_MAXSIZE": str(CONNECTIONS),
}.items():
    os.environ.setdefault(_name, _value)
