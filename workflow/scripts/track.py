"""Track the study in MLflow; where that cannot be done, the marker says why, and the next run tries again."""

import os
from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.markers import Marker, write_marker
from mindgap.tracking.store import TrackingUnavailable
from mindgap.tracking.study import track_study

with messages("track", Path(snakemake.log[0])):
    try:
        done = track_study(snakemake.params.view, os.environ.get("MLFLOW_TRACKING_URI") or None, Path("results"))
    except TrackingUnavailable as error:
        marker = Marker(tracked=False, message=str(error), runs=0)
    else:
        marker = Marker(tracked=True, message=f"{done.runs} runs, {done.written} of them new", runs=done.runs)
    write_marker(Path(snakemake.output[0]), marker)
