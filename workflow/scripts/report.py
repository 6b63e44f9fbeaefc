"""Write the study's view: summary, figures, report, run times, links."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.report.runtime import write_runtime
from mindgap.report.view import write_view

with messages("report", Path(snakemake.log[0])):
    view, page = snakemake.params.view, Path(snakemake.output.page)
    write_view(view, page.parent, Path(snakemake.output.current))
    write_runtime(view.manifests, Path("results"), Path(snakemake.output.runtime))
