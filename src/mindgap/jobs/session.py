"""One invocation of the workflow: its params and jobs, its lock, and what it tells at the end."""

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from errno import ENOENT
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from mindgap.errors import UserError
from mindgap.jobs.forks import EVERYTHING, begun, end_all
from mindgap.jobs.graph import Graph
from mindgap.jobs.reasons import explain
from mindgap.jobs.resources import COLLECTING, LIGHT, Prepared, batches, memory, minutes, prepared, values
from mindgap.jobs.study import add_study
from mindgap.jobs.view import view_of
from mindgap.params.claim import Claim
from mindgap.params.claims import claim_of, read_claims, read_params, refuse_beside
from mindgap.params.load import load_study
from mindgap.report.figures import FIGURES
from mindgap.results.view import KEYS
from mindgap.store.fingerprint import package_digest
from mindgap.store.job import Job
from mindgap.store.keys import key_of
from mindgap.store.ledger import read_ledger
from mindgap.store.lock import hold
from mindgap.store.parsed import KNOWN
from mindgap.tracking.markers import EARLY, drop_false_markers, marker_path, read_marker, tracking_uri

if TYPE_CHECKING:
    from mindgap.jobs.claimed import Claims

RESULTS = Path("results")
TARGETS = ("all", "prepare", "check", "search", "train", "baselines", "evaluate", "report", "track", "claims")

P = ParamSpec("P")
T = TypeVar("T")


def _plainly(function: Callable[P, T]) -> Callable[P, T]:
    """End the program with a UserError's message, without a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            end_all()
            sys.exit(f"mindgap: {error}")

    return run


def _require_writable(folder: Path) -> None:
    """Refuse a folder that exists and cannot be written to, before Snakemake stumbles over it."""
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise UserError(f"{folder}: cannot be written; results need a folder here that you may write to")


class Command(NamedTuple):
    """What Snakemake's command line says: the targets, which it would only refuse after the plan is made; if to run
    dry; and if no more is said than to run everything, on so many cores and with these params."""

    targets: Sequence[str] = ()
    dry: bool = False
    plain: bool = False


NO_COMMAND = Command()
_CORES, _PARAMS = {"--cores", "-c", "--jobs", "-j"}, {"--configfile", "--configfiles", "--config", "-C"}


def command() -> Command:
    """The command line of this process, where it is Snakemake's."""
    if Path(sys.argv[0]).name not in ("snakemake", "__main__.py"):
        return NO_COMMAND
    from snakemake.cli import get_argument_parser

    given, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    options = {word.partition("=")[0] for word in sys.argv[1:] if word.startswith("-")}
    plain = not given.targets and bool(options & _CORES) and options <= _CORES | _PARAMS
    return Command(list(given.targets), bool(given.dryrun), plain)


class Session:
    """What the Snakefile needs to know: the graph of all jobs, those of the study, and the paths of its view."""

    @_plainly
    def __init__(
        self,
        config: Mapping[str, Any],
        files: list[str],
        scripts: Path,
        asked: Command = NO_COMMAND,
        main: bool = True,
        temporary: Path | None = None,
    ) -> None:
        """`main` is False in the processes that Snakemake starts for jobs, which have nothing to tell.

        `temporary` is Snakemake's own temporary folder.
        """
        self._started = time.time()
        self._temporary = temporary
        claimed = {name: block for name, block in config.items() if name in ("claims", *Claim.model_fields)}
        if main and "claim" in claimed:
            self._require_question(config, files)
        study = load_study({name: block for name, block in config.items() if name not in claimed}, files)
        for folder in (RESULTS, RESULTS / "store", RESULTS / study.study):
            _require_writable(folder)
        KNOWN.keep_in(RESULTS)
        self._folder = RESULTS / study.study
        study_alone = asked.plain and not claimed
        if study_alone and not (self._folder / KEYS).exists():
            self._begin()
        self.graph = Graph(RESULTS, scripts)
        self.jobs = add_study(self.graph, study)
        self.view = view_of(self.graph, self.jobs)
        uri = tracking_uri(RESULTS)
        view_key = self._view_key()
        self.tracked = str(marker_path(RESULTS, study.study, uri, {**self.jobs.keys, "view": view_key}))
        self.early = {last: self._early(kinds, uri) for last, kinds in EARLY.items()}
        self.current = str(self._folder / ".current" / f"{view_key}.json")
        if study_alone and not Path(self.current).exists():
            self._begin()
        self.claims = self._claims(claimed, files, asked.targets, study.seed, uri)
        if main:  # a job has no markers to drop, for which the workflow may wait
            for tracked in (study.study, *(() if self.claims is None else (self.claims.experiment,))):
                drop_false_markers(RESULTS, tracked, uri)
        if main and self.claims is None and claimed:
            raise UserError(
                f"{', '.join(claimed)}: these are about claims; ask for them, as in `snakemake --cores 2 claims`"
            )
        self._check(asked.targets)
        KNOWN.write()
        for remark in self.jobs.remarks() if main else ():
            print(f"mindgap: {remark}", file=sys.stderr)
        if asked.dry:
            lines = explain(self.graph, self.jobs) if self.claims is None else self.claims.explained()
            print("\n".join(lines), file=sys.stderr)

    def _begin(self) -> None:
        """Let the processes for jobs begin, as there is something to do: beside the plan, which leaves cores idle."""
        if self._temporary is not None:
            for kind in EVERYTHING:
                begun(kind, self._temporary)

    def _early(self, kinds: Collection[str], uri: str) -> str:
        """The marker of some kinds of stages."""
        own = {name: job.key for name, job in self.jobs.named.items() if job.stage in kinds}
        return str(marker_path(RESULTS, self.jobs.study.study, uri, own))

    @staticmethod
    def _require_question(config: Mapping[str, Any], files: Sequence[str]) -> None:
        """Refuse what stands beside a question of one's own, in files, or else from `--config`."""
        default, *own = [read_params(Path(name)) for name in files]
        for name, content in zip(files[1:], own, strict=True):
            refuse_beside(content, name)
        refuse_beside({name: block for name, block in config.items() if block != default.get(name)}, "--config")

    def _view_key(self) -> str:
        """What the view shows: the stages' results, its title, and what other evaluations read of the test rows."""
        others = sorted({reading.evaluate for reading in read_ledger(self.view.ledger)} - {self.jobs.evaluate.key})
        shown = {"study": self.view.study, "title": self.view.title, "readings": others, "keys": self.jobs.keys}
        return key_of({**shown, "code": package_digest()})

    def _claims(
        self, given: Mapping[str, Any], files: Sequence[str], targets: Sequence[str], seed: int, uri: str
    ) -> "Claims | None":
        """A question of one's own, where the params are one; or the claims of the ids that are given, or all."""
        if "claim" in given:
            question = {name: block for name, block in given.items() if name != "claims"}
            claims = [claim_of(question, files[-1])]
            folder = RESULTS / claims[0].claim
            if (folder / KEYS).exists():
                raise UserError(f"claim: {folder} has the results of a study of this name; choose another")
        elif rest := [name for name in given if name not in ("claims", "tasks")]:
            raise UserError(
                f"{files[-1]}: {rest[0]}: it is part of a question of one's own, which needs a name: claim: my_question"
            )
        elif "claims" in targets:
            wanted = given.get("claims")
            if wanted is not None and not isinstance(wanted, list):
                raise UserError(f"claims: a list of ids is needed, such as [N7, I3] (found {wanted!r})")
            more = given.get("tasks", {})
            if not isinstance(more, Mapping):
                raise UserError(
                    f"tasks: further tasks of claims are needed by name, with their params (found {more!r})"
                )
            claims, folder = read_claims(wanted, more), RESULTS / "claims"
        else:
            return None
        from mindgap.jobs.claimed import Claims  # here, as it takes long, and a study has no use for it
        from mindgap.jobs.claims import add_claim

        return Claims(self.graph, [add_claim(self.graph, claim, seed) for claim in claims], folder, uri)

    def everything(self) -> list[str]:
        """All that the params ask for: a study's results and view, or the page of a question of one's own."""
        if self.claims is not None and self.claims.is_question:
            return self.claims.everything()
        stages = ("prepare", "check", "search", "train", "baselines", "evaluate")
        return [*self.manifests(*stages), *self.shown(), self.tracked]

    def page(self, name: str) -> str:
        """The path of one of the files of the study's view."""
        return str(self._folder / name)

    def figures(self) -> dict[str, dict[str, str]]:
        """The paths of the report's figures by section and name."""
        return {
            section: {name: self.page(f"figures/{name}.svg") for name in names} for section, names in FIGURES.items()
        }

    def manifests(self, *stages: str) -> list[str]:
        """The manifests of all of the study's results of some stages."""
        return [str(path) for stage in stages for path in self.view.manifests.get(stage, ())]

    @_plainly
    def job(self, key: str) -> Job:
        """The job of a key."""
        return self.graph[key]

    @_plainly
    def needs(self, key: str) -> dict[str, list[str]]:
        """The manifests that a job needs, by name."""
        return self.graph.needs(self.graph[key])

    def asks(self, key: str, attempt: int) -> tuple[int, int]:
        """The memory, in MB, and the minutes that a job asks for.

        Raises FileNotFoundError, of its data's manifest, where they are not prepared yet.
        """
        job = self.graph[key]
        data = self._prepared(job)
        return memory(job, data, attempt), minutes(job, data, attempt)

    def _prepared(self, job: Job) -> Prepared | None:
        if "data" not in job.inputs:
            return None
        manifest = self.graph.manifest(job.inputs["data"])
        if not manifest.is_file():
            raise FileNotFoundError(ENOENT, "its data are not prepared yet", str(manifest))
        return prepared(manifest.parent, job)

    @cached_property
    def batches(self) -> dict[str, str]:
        """By key, the name of the job of a cluster that a job shares with others."""
        return batches(self.graph.jobs.values())

    @property
    def collects_apart(self) -> bool:
        """Whether what puts shards together has no part in their batches."""
        return any(job.stage in COLLECTING and job.key not in self.batches for job in self.graph.jobs.values())

    @property
    def light(self) -> bool:
        """Whether all data are so small that what is no training takes seconds."""
        return all(values(job.told["data"]) <= LIGHT for job in self.graph.jobs.values() if "data" in job.told)

    def shown(self) -> list[str]:
        """All files of the study's view."""
        pages = [
            self.page(name)
            for name in ("summary.json", "report.html", KEYS, "runtime.json", "model.npz", "predictions.csv")
        ]
        return [*pages, *(path for section in self.figures().values() for path in section.values()), self.current]

    @_plainly
    def start(self, jobs: int) -> None:
        """Take the lock before the first of the jobs."""
        hold(RESULTS, self._temporary)
        KNOWN.write()
        self._started = time.time()
        print(f"mindgap: {jobs} job{'s' * (jobs != 1)} to run", file=sys.stderr)
        if self.claims is not None:
            print(f"mindgap: {self.claims.watch.first()}", file=sys.stderr)
            self.claims.watch.start()

    def fail(self) -> None:
        """Say, after all that others print, why a job failed; the logs of those that did not are empty."""
        logs = [path for path in (RESULTS / "logs").rglob("*.log") if path.stat().st_mtime >= self._started]
        said = [path.read_text(encoding="utf-8").strip() for path in sorted(logs)]
        for message in dict.fromkeys(filter(None, said)):  # folds may all fail of the same
            print(f"\nmindgap: {message}", file=sys.stderr)

    def finish(self) -> None:
        """Say where the view is, or what the claims came to, and what MLflow does not have yet."""
        if self.claims is not None:
            print(self.claims.told(), file=sys.stderr)
        elif Path(self.current).is_file():
            print(f"\nmindgap: {self.page('report.html')} is up to date", file=sys.stderr)
        marker = read_marker(Path(self.tracked if self.claims is None else self.claims.tracked))
        if marker is not None and not marker.tracked:
            print(f"mindgap: not tracked yet, the next run tries again: {marker.message}", file=sys.stderr)

    def _check(self, targets: Sequence[str]) -> None:
        """Refuse targets that this study does not have."""
        manifests = {str(self.graph.manifest(job.address)) for job in self.graph.jobs.values()}
        files = {*manifests, *self.shown(), self.tracked}
        for target in targets:
            if target not in TARGETS and os.path.normpath(target) not in files:
                close = get_close_matches(target, TARGETS, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise UserError(
                    f"{target!r} is no target{hint or '.'} Targets are {', '.join(TARGETS)}, "
                    f"and the files of this study in {self._folder}"
                )
