"""Track some kinds of stages in MLflow; what cannot be done is left to the tracking of the whole study."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.markers import tracking_uri
from mindgap.tracking.study import track_stages
from mindgap.tracking.tracked import mark

with messages("track", Path(snakemake.log[0])):
    results, given = Path("results"), snakemake.params
    mark(
        Path(snakemake.output[0]),
        lambda: track_stages(given.view, given.kinds, tracking_uri(results), results),
    )
