"""The plan: every job of a study with its key, from the params alone, before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from mindgap.data.digest import source_digest
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.search import Search
from mindgap.params.study import Study
from mindgap.store.keys import fingerprint, key_of
from mindgap.store.results import MANIFEST, Job

CHECKED = ("loss", "label_smoothing", "margin", "huber_delta", "l2")
"""The train params that the gates depend on."""

STAGES = ("prepare", "check", "trials", "search", "runs", "train", "baselines", "evaluate")


@dataclass(frozen=True)
class Step:
    """A job's place in the study.

    `reads` are the keys of what its adapter is given, by name. They are the job's own inputs and, beside these, the
    shards it puts together and the gate before it: those determine nothing that its key does not already say.
    """

    job: Job
    name: str
    reads: dict[str, list[tuple[str, str]]]


class Plan:
    """All steps of a study by (stage, key); equal params, data and code give an equal plan."""

    def __init__(self, study: Study, scripts: Path, results: Path) -> None:
        self.study, self.results = study, results
        self._scripts = scripts
        self.steps: dict[tuple[str, str], Step] = {}
        self.named: dict[str, Job] = {}
        run = study.run().model_dump(mode="json")

        prepare = self._add(
            "prepare",
            {
                "data": _description(study.data),
                "preprocess": study.preprocess.model_dump(mode="json"),
                "seed": study.seed,
            },
            digest=source_digest(study.data),
        )
        drawn = [prepare.params["data"], study.seed] if study.data.source == "synthetic" else None
        self.source_key = key_of({"source": study.data.source, "digest": prepare.digest, "drawn": drawn})
        data = {"data": prepare}
        gates = {**run, "train": {name: run["train"][name] for name in CHECKED}}
        check = self._add("check", {"run": gates, **study.check.model_dump(mode="json")}, data)
        search = self._search(run, data, check)
        train = self._train(run, data, check, search)
        baselines = self._add("baselines", {}, data)
        self._add("evaluate", {}, {"data": prepare, "train": train, "baselines": baselines})

        self.keys = {name: job.key for name, job in self.named.items()}

    def _search(self, run: dict[str, Any], data: dict[str, Job], check: Job) -> Job | None:
        """The levels one after another: shards of trials, then what they amount to."""
        search, previous = self.study.search, None
        if search is None:
            return None
        run = _without(run, {*search.space, "epochs"})
        for index, (name, level) in enumerate(search.levels.items()):
            work = {
                **level.model_dump(mode="json", exclude={"trials"}),
                "name": name,
                "index": index,
                "objective": self.study.objective,
                "space": None if previous else self._space(search),
            }
            inputs = {**data, **({"previous": previous} if previous else {})}
            shards = [
                self._add(
                    "trials", {"run": run, "level": work, "slice": part}, inputs, after=[check], name=f"trials.{name}"
                )
                for part in self._slices(level.trials)
            ]
            rule = {"keep": search.keep, "margin": search.margin, "trials": level.trials}
            previous = self._add(
                "search", {"run": run, "level": work, **rule}, inputs, parts=shards, name=f"search.{name}"
            )
        return previous

    def _train(self, run: dict[str, Any], data: dict[str, Job], check: Job, search: Job | None) -> Job:
        """Shards of the final runs, then the choice between the candidates."""
        seeds, candidates = self.study.final.seeds, self.study.final.candidates if search else 1
        searched = self.study.search
        work = {
            "run": _without(run, set(searched.space)) if searched else run,
            "candidates": candidates,
            "seeds": seeds,
            "objective": self.study.objective,
        }
        inputs = {**data, **({"search": search} if search else {})}
        shards = [
            self._add("runs", {**work, "slice": part}, inputs, after=[check])
            for part in self._slices(candidates * seeds)
        ]
        return self._add("train", work, inputs, parts=shards)

    def _space(self, search: Search) -> dict[str, Any]:
        """The ranges in plain values, choices as the params that they are choices of have them."""
        space = {name: domain.model_dump(mode="json") for name, domain in search.space.items()}
        for name, domain in space.items():
            if "categorical" in domain:
                runs = [
                    self.study.run().vary({name: choice}).model_dump(mode="json") for choice in domain["categorical"]
                ]
                domain["categorical"] = [{**run["model"], **run["train"]}[name] for run in runs]
        return space

    def _slices(self, count: int) -> list[list[int]]:
        size = self.study.workflow.shard_size
        return [list(ends) for ends in pairwise([*range(0, count, size), count])]

    def _add(
        self,
        stage: str,
        params: dict[str, Any],
        inputs: dict[str, Job] | None = None,
        *,
        parts: Sequence[Job] = (),
        after: Sequence[Job] = (),
        digest: str | None = None,
        name: str | None = None,
    ) -> Job:
        inputs = inputs or {}
        scripts = tuple(self._scripts / f"{used}.py" for used in sorted({stage, *(part.stage for part in parts)}))
        keys = {label: given.key for label, given in inputs.items()}
        job = Job(stage, params, fingerprint(scripts), keys, digest, scripts)
        reads = {label: [(given.stage, given.key)] for label, given in inputs.items()}
        reads["parts"] = [(part.stage, part.key) for part in parts]
        reads["after"] = [(gate.stage, gate.key) for gate in after]
        self.steps[stage, job.key] = Step(job, name or stage, reads)
        if stage not in ("trials", "runs"):
            self.named[name or stage] = job
        return job

    def folder(self, stage: str, key: str) -> Path:
        """Where a result is kept."""
        return self.results / "store" / stage / key

    def manifest(self, name: str) -> str:
        """The file that says that a named step's result is there."""
        job = self.named[name]
        return str(self.folder(job.stage, job.key) / MANIFEST)

    def manifests(self, *stages: str) -> list[str]:
        """The manifests of all of the study's steps of some stages."""
        return [str(self.folder(stage, key) / MANIFEST) for stage, key in self.steps if stage in stages]

    def step(self, stage: str, key: str) -> Step:
        """The step at a stage and key. Raises UserError if these params have none such."""
        if (stage, key) not in self.steps:
            raise UserError(f"{self.folder(stage, key)}: no result of this study has this key")
        return self.steps[stage, key]

    def reads(self, stage: str, key: str) -> dict[str, list[str]]:
        """The manifests that a job needs before it can run, by name."""
        step = self.step(stage, key)
        return {
            label: [str(self.folder(*address) / MANIFEST) for address in given] for label, given in step.reads.items()
        }


def _without(run: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """A run's params without those that something else decides, so that they do not enter the key."""
    blocks = {block: {n: v for n, v in run[block].items() if n not in names} for block in ("model", "train")}
    return {**run, **blocks}


def _description(data: Data) -> dict[str, Any]:
    """The data params but for where the files lie: their names and the digest stand for that."""
    described = data.model_dump(mode="json", exclude={"dir"})
    return {
        name: Path(value).name if name in ("path", "test_path") and value else value
        for name, value in described.items()
    }
