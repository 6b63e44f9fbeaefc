"""One invocation of the workflow: its params and plan, its lock, and what it tells at the end."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from mindgap.errors import UserError
from mindgap.jobs.reasons import explain
from mindgap.jobs.study import STAGES, Plan
from mindgap.params.load import load_study
from mindgap.report.figures import FIGURES
from mindgap.store.keys import fingerprint, key_of
from mindgap.store.ledger import read_ledger
from mindgap.store.lock import hold
from mindgap.store.results import Job, read_json
from mindgap.tracking.markers import default_uri, drop_false_markers, marker_path

RESULTS = Path("results")
TARGETS = ("all", "prepare", "check", "search", "train", "baselines", "evaluate", "report", "track")

P = ParamSpec("P")
T = TypeVar("T")


def _plainly(function: Callable[P, T]) -> Callable[P, T]:
    """End the program with a UserError's message, without a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            sys.exit(f"mindgap: {error}")

    return run


def _require_writable(folder: Path) -> None:
    """Refuse a folder that exists and cannot be written to, before Snakemake stumbles over it."""
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise UserError(f"{folder}: cannot be written; results need a folder here that you may write to")


def asked() -> tuple[list[str], bool]:
    """The targets on Snakemake's command line, which it would only refuse after the plan is made; and if to run dry."""
    if Path(sys.argv[0]).name not in ("snakemake", "__main__.py"):
        return [], False
    from snakemake.cli import get_argument_parser

    given, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    return list(given.targets), bool(given.dryrun)


class Session:
    """What the Snakefile needs to know: paths of results by stage, and the view of the study."""

    @_plainly
    def __init__(
        self, config: Mapping[str, Any], files: list[str], scripts: Path, targets: Sequence[str], dry: bool
    ) -> None:
        self._started = time.time()
        study = load_study(config, files)
        for folder in (RESULTS, RESULTS / "store", RESULTS / study.study):
            _require_writable(folder)
        self.plan = Plan(study, scripts, RESULTS)
        self.view = RESULTS / study.study
        self.uri = os.environ.get("MLFLOW_TRACKING_URI") or default_uri(RESULTS)
        drop_false_markers(RESULTS, study.study, self.uri)
        view_key = self._view_key(scripts)
        tracked = {**self.plan.keys, "view": view_key}
        self.tracked = str(marker_path(RESULTS, study.study, self.uri, tracked))
        self.current = str(self.view / ".current" / f"{view_key}.json")
        self._check(targets)
        if dry:
            print("\n".join(explain(self.plan)), file=sys.stderr)

    def figure(self, name: str) -> str:
        """The path of one of the report's figures."""
        return str(self.view / "figures" / f"{name}.svg")

    @property
    def ledger(self) -> str:
        """The file that has a line for each reading of these data's test rows, however prepared and split."""
        return str(RESULTS / "ledger" / f"{self.plan.source_key}.jsonl")

    def _view_key(self, scripts: Path) -> str:
        """What the view shows: the stages' results, its title, and what other evaluations read of the test rows."""
        study = self.plan.study
        own = self.plan.keys["evaluate"]
        others = sorted({line["evaluate"] for line in read_ledger(Path(self.ledger))} - {own})
        shown = {"study": study.study, "report": study.report.model_dump(mode="json"), "readings": others}
        return key_of({**shown, "keys": self.plan.keys, "code": fingerprint([scripts / "report.py"])})

    def view_of(self) -> dict[str, Any]:
        """What the adapters of the view and of tracking are told beside their inputs."""
        return {
            "study": self.plan.study.study,
            "title": self.plan.study.report.title or f"{self.plan.study.study}: a multilayer perceptron",
            "stages": {name: str(self.plan.folder(job.stage, job.key)) for name, job in self.plan.named.items()},
            "keys": self.plan.keys,
            "digest": self.plan.named["prepare"].digest,
            "ledger": self.ledger,
            "manifests": {stage: [Path(path) for path in self.plan.manifests(stage)] for stage in STAGES},
        }

    def page(self, name: str) -> str:
        """The path of one of the files of the study's view."""
        return str(self.view / name)

    @_plainly
    def reads(self, stage: str, key: str | None = None) -> dict[str, list[str]]:
        """The manifests that a job needs, by name; without a key, that of the one step of its stage."""
        if stage == "report":
            return {name.replace(".", "_"): [self.plan.manifest(name)] for name in self.plan.named}
        return self.plan.reads(stage, key or self.plan.named[stage].key)

    @_plainly
    def job(self, stage: str, key: str | None = None) -> Job:
        """The job at a stage and key; without a key, the one of its stage."""
        return self.plan.step(stage, key or self.plan.named[stage].key).job

    def shown(self) -> list[str]:
        """All files of the study's view."""
        pages = [self.page(name) for name in ("summary.json", "report.html", "keys.json", "runtime.json", "model.npz")]
        return [*pages, *(self.figure(name) for name in FIGURES), self.current]

    @_plainly
    def start(self, jobs: int) -> None:
        """Take the lock before the first of the jobs."""
        hold(RESULTS)
        self._started = time.time()
        print(f"mindgap: {jobs} job{'s' * (jobs != 1)} to run", file=sys.stderr)

    def fail(self) -> None:
        """Say, after all that others print, why a job failed; the logs of those that did not are empty."""
        logs = [path for path in (RESULTS / "logs").rglob("*.log") if path.stat().st_mtime >= self._started]
        for path in sorted(logs):
            if message := path.read_text(encoding="utf-8").strip():
                print(f"\nmindgap: {message}", file=sys.stderr)

    def finish(self) -> None:
        """Say where the study's view is, and what MLflow does not have yet."""
        if Path(self.current).is_file():
            print(f"\nmindgap: {self.page('report.html')} is up to date", file=sys.stderr)
        marker = Path(self.tracked)
        if marker.is_file() and not (found := read_json(marker))["tracked"]:
            print(f"mindgap: not tracked yet, the next run tries again: {found['message']}", file=sys.stderr)

    def _check(self, targets: Sequence[str]) -> None:
        """Refuse targets that this study does not have."""
        addresses = {str(self.plan.folder(*step) / "manifest.json") for step in self.plan.steps}
        files = {*addresses, *self.shown(), self.tracked}
        for target in targets:
            if target not in TARGETS and os.path.normpath(target) not in files:
                close = get_close_matches(target, TARGETS, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise UserError(
                    f"{target!r} is no target{hint or '.'} Targets are {', '.join(TARGETS)}, "
                    f"and the files of this study in {self.view}"
                )
