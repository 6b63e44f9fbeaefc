"""Track claims in MLflow; where that cannot be done, the marker says why, and the next run tries again."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.tracking.claims import track_claims
from mindgap.tracking.markers import drop_other_markers, tracking_uri
from mindgap.tracking.tracked import mark

with messages("track", Path(snakemake.log[0])):
    results, marker = Path("results"), Path(snakemake.output[0])
    drop_other_markers(marker)
    mark(
        marker,
        lambda: track_claims(snakemake.params.views, snakemake.params.experiment, tracking_uri(results), results),
    )
