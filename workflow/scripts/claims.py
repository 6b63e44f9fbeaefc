"""Write the page of claims, and their ledger."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.report.claims.page import write_claims

with messages("claims", Path(snakemake.log[0])):
    write_claims(snakemake.params.views, Path(snakemake.output.page).parent, Path(snakemake.output.current))
