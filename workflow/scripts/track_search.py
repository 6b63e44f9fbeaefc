"""Track the study up to its search in MLflow; what cannot be done is left to the tracking of the whole study."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.markers import tracking_uri
from mindgap.tracking.study import track_search
from mindgap.tracking.tracked import mark

with messages("track", Path(snakemake.log[0])):
    results = Path("results")
    mark(
        Path(snakemake.output[0]),
        lambda: track_search(snakemake.params.view, tracking_uri(results), results),
    )
