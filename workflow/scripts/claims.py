"""Write the page of claims, their ledger and tables; and run times beside them."""

from pathlib import Path

from mindgap.jobs.adapter import messages
from mindgap.report.claims.page import write_claims
from mindgap.report.runtime import write_claims_runtime

with messages("claims", Path(snakemake.log[0])):
    views, page = snakemake.params.views, Path(snakemake.output.page)
    write_claims(views, page.parent, Path(snakemake.output.current))
    write_claims_runtime(views, Path("results"), Path(snakemake.output.runtime))
