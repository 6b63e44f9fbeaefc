"""Track the study in MLflow; where that cannot be done, the marker says why, and the next run tries again."""

import os
from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.markers import write_marker
from mindgap.tracking.store import TrackingUnavailable
from mindgap.tracking.study import track_study

view, marker = snakemake.params.view, Path(snakemake.output[0])
stages = {name: Path(folder) for name, folder in view["stages"].items()}
with messages("track", Path(snakemake.log[0])):
    try:
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        done = track_study(view["study"], stages, Path("results", view["study"]), uri or None, Path("results"))
    except TrackingUnavailable as error:
        write_marker(marker, tracked=False, message=str(error), runs=0)
    else:
        write_marker(marker, tracked=True, message=f"{done.runs} runs, {done.written} of them new", runs=done.runs)
