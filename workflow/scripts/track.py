"""Track the study in MLflow; where that cannot be done, the marker says why, and the next run tries again."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.markers import tracking_uri
from mindgap.tracking.study import track_study
from mindgap.tracking.tracked import mark

with messages("track", Path(snakemake.log[0])):
    results = Path("results")
    mark(
        Path(snakemake.output[0]),
        lambda: track_study(snakemake.params.view, tracking_uri(results), results),
    )
