"""Write the study's view: summary, figures, report, run times, links."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.report.view import write_runtime, write_view

with messages("report", Path(snakemake.log[0])):
    folder = Path(snakemake.output.page).parent
    write_view(snakemake.params.view, folder, Path(snakemake.output.current))
    write_runtime(
        snakemake.params.view["manifests"], Path("results", ".lock").stat().st_mtime, Path(snakemake.output.runtime)
    )
