"""The claims of one invocation: the files of their page, where they are tracked, and what is told of them."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from mindgap.jobs.claim_reasons import explain_claims
from mindgap.jobs.claims import ClaimJobs
from mindgap.jobs.graph import Graph
from mindgap.jobs.trainings import Watch, sharing
from mindgap.results.claim import shown_claims
from mindgap.results.judgement import Judgement
from mindgap.store.fingerprint import package_digest
from mindgap.store.keys import key_of
from mindgap.tracking.markers import marker_path


class Claims:
    """Their jobs, and the files of their page in `folder`; `uri` is that of the MLflow store."""

    def __init__(self, graph: Graph, jobs: Sequence[ClaimJobs], folder: Path, uri: str) -> None:
        self._graph, self._jobs, self._folder = graph, jobs, folder
        self.experiment = folder.name
        self.is_question = folder.name != "claims"
        self.views = tuple(claim.view(graph) for claim in jobs)
        shown = {"claims": [view.key for view in self.views], "code": package_digest()}
        self.current = str(folder / ".current" / f"{key_of(shown)}.json")
        self.tracked = str(
            marker_path(graph.results, folder.name, uri, {view.claim.claim: view.key for view in self.views})
        )

    @cached_property
    def watch(self) -> Watch:
        """How far their trainings are."""
        shared = sharing(self._graph, [slices for jobs in self._jobs for slices in jobs.arms.values()])
        return Watch(self._graph, shared, [jobs.judge for jobs in self._jobs])

    def manifests(self) -> list[str]:
        """The manifests of all that the page is made from."""
        jobs = [
            job for claim in self._jobs for job in (claim.judge, *(job for own in claim.arms.values() for job in own))
        ]
        return [str(self._graph.manifest(job.address)) for job in jobs]

    def page(self, name: str) -> str:
        """The path of one of the page's files."""
        return str(self._folder / name)

    def everything(self) -> list[str]:
        """The page, and the marker that says that it is tracked."""
        return [self.page("report.html"), self.current, self.tracked]

    def explained(self) -> list[str]:
        """What is computed, and why; and how much of it the claims share."""
        return [*explain_claims(self._graph, self._jobs, shown_claims(self._folder)), "", self.watch.first()]

    def told(self) -> str:
        """The verdicts as a table for the terminal, and where the page is."""
        rows = [(view.claim, Judgement.read(view.judgement)) for view in self.views]
        width = max(len(claim.claim) for claim, _ in rows)
        lines = [
            f"  {claim.claim:<{width}}  {found.verdict:<18}  {found.holds:<14}  {claim.statement}"
            for claim, found in rows
        ]
        return "\n".join(["", *lines, "", f"mindgap: {self.page('report.html')} is up to date"])
