"""Track the study in MLflow, or say what is not tracked yet."""

from pathlib import Path

from mindgap.job import messages
from mindgap.tracking import track

with messages(Path(snakemake.log[0])):
    track(snakemake.params.view, snakemake.params.uri, Path("results"), Path(snakemake.output[0]))
