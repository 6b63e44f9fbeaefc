"""The jobs of a study, from its params alone: equal params, data and code give equal keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from mindgap.data.digest import source_digest
from mindgap.data.folds import Fold, all_folds
from mindgap.data.sources import SOURCES
from mindgap.jobs.folding import folding_of
from mindgap.jobs.graph import Graph
from mindgap.metrics import METRICS
from mindgap.nn.losses import LOSSES
from mindgap.params.alternatives import alternatives, used_by
from mindgap.params.folds import Folds
from mindgap.params.run import Model, RunSpec, loss_params
from mindgap.params.search import Level, Rung, Search
from mindgap.params.sources import Source
from mindgap.params.study import Study
from mindgap.params.work import multiply_adds, networks_a_job, shape_of
from mindgap.stages.gates import GATES, gates_of
from mindgap.store.job import Job
from mindgap.store.keys import key_of
from mindgap.store.work import numbered

CONTROL_TRIALS = 8
"""Trials of the search's first level that the gate `permutation` makes, if there are as many."""


@dataclass(frozen=True)
class FoldJobs:
    """The jobs of what is prepared, searched, trained and fitted without some test rows."""

    prepare: Job
    train: Job
    baselines: Job
    levels: dict[str, Job] = field(default_factory=dict)

    @property
    def searches(self) -> dict[str, Job]:
        """The levels of the search as `search.<level>`."""
        return {f"search.{name}": job for name, job in self.levels.items()}


@dataclass(frozen=True, kw_only=True)
class StudyJobs(FoldJobs):
    """The jobs of a study by stage, and what else follows from its params.

    Its own are those of its first fold, or of its one split; `others` those of its other folds. `shards` are the slices
    of work that levels and training put together. `folding` says in words how rows are split where nobody asked for it.
    """

    study: Study
    check: Job
    evaluate: Job
    others: tuple[FoldJobs, ...] = ()
    shards: tuple[Job, ...] = ()
    folding: str | None = None

    @property
    def named(self) -> dict[str, Job]:
        """All but the shards by name, in their order; a level of the search as `search.<level>`.

        Those of the second fold are `prepare@fold2`, `search.<level>@fold2`, and so on.
        """
        found = {"prepare": self.prepare, "check": self.check, **self.searches}
        found |= {"train": self.train, "baselines": self.baselines}
        for number, fold in enumerate(self.others, start=2):
            own = {"prepare": fold.prepare, **fold.searches, "train": fold.train, "baselines": fold.baselines}
            found |= {f"{name}@fold{number}": job for name, job in own.items()}
        return {**found, "evaluate": self.evaluate}

    @property
    def keys(self) -> dict[str, str]:
        """The key of each of the named jobs."""
        return {name: job.key for name, job in self.named.items()}

    def remarks(self) -> list[str]:
        """What is told before the study runs, a sentence each."""
        return [*self.study.remarks(), *([f"data.folds: {self.folding}"] if self.folding else [])]


def add_study(graph: Graph, study: Study) -> StudyJobs:
    """Add all jobs of a study to a graph."""
    folding = folding_of(study.data, study.seed)
    study = study.model_copy(update={"data": study.data.model_copy(update={"folds": folding.folds})})
    return replace(StudyPlanner(graph, study).plan(), folding=folding.said)


class StudyPlanner:
    """Adds a study's jobs to a graph, all or some."""

    def __init__(self, graph: Graph, study: Study, over: Mapping[str, Sequence[Any]] | None = None) -> None:
        """`over` are values of params that something else than the study's search goes through."""
        self._graph, self._study = graph, study
        run, search = study.run(), study.search
        choices = {**({**search.choices, **search.of_blocks} if search else {}), **(over or {})}
        # Its activation says how exact the gate of the gradient can be, also where no layer has it.
        self._used = {"activation"} | used_by(run, choices)
        self._run = RunSpec.model_validate(_part(run, self._used))
        self._runs = alternatives(self._run, choices)
        self._metrics = [METRICS.file(name) for name in study.task.metrics]
        self._shape = shape_of(study.data)
        self._transforms = list(dict.fromkeys(search.choices.get("transform", ()))) if search else []
        self._shards: list[Job] = []
        self._of_fold: dict[str, Any] = {}

    def plan(self) -> StudyJobs:
        """All of them."""
        study, graph, cut = self._study, self._graph, self._study.data.folds
        folds: list[FoldJobs] = []
        check: Job | None = None
        for fold in all_folds(cut.folds, cut.repeats) if isinstance(cut, Folds) else (None,):
            prepare = self.prepare(fold)
            check = check or self._check(prepare)
            folds.append(self._fold(prepare, check, fold))
        assert check is not None
        drawn = [_description(study.data), study.seed] if study.data.drawn else None
        raw = key_of({"source": study.data.source, "digest": folds[0].prepare.digest, "drawn": drawn})
        own = [{"data": fold.prepare, "train": fold.train, "baselines": fold.baselines} for fold in folds]
        read = {numbered(name, place): job for place, jobs in enumerate(own) for name, job in jobs.items()}
        evaluate = graph.add(
            "evaluate",
            {"folds": cut.folds} if isinstance(cut, Folds) else {},
            read,
            components=self.components(),
            told={
                "ledger": graph.results / "ledger" / f"{raw}.jsonl",
                "study": study.study,
                "networks": study.final.seeds,
                "folds": len(folds),
                "trees": study.baselines.trees > 0,
                **self.work(),
            },
        )
        first, *others = folds
        return StudyJobs(
            **vars(first), study=study, check=check, evaluate=evaluate, others=tuple(others), shards=tuple(self._shards)
        )

    def _fold(self, prepare: Job, check: Job, fold: Fold | None) -> FoldJobs:
        """What is searched, trained and fitted on prepared data, each told of which `fold` it is."""
        self._of_fold = {"fold": asdict(fold)} if fold else {}
        levels = self.levels(prepare, check)
        found = FoldJobs(prepare, self._train(prepare, check, levels), self._baselines(prepare), levels)
        self._of_fold = {}
        return found

    def prepare(self, fold: Fold | None = None) -> Job:
        """The job that prepares the data, of which those of a `fold` are for the test."""
        return self._prepare("prepare", {"fold": asdict(fold)} if fold else {})

    def arm_data(self, replicates: Sequence[int]) -> Job:
        """The job that prepares the data for a slice of replicates, each with the seed that is larger by its number."""
        return self._prepare("arm_data", {"slice": list(replicates)})

    def _prepare(self, stage: str, more: Mapping[str, Any]) -> Job:
        study, memory = self._study, self._graph.results / ".digests"
        # Dense networks are so quick that decoding would slow them down.
        coded = {"coded": True} if any(run.model.convolution for run in self._runs) else {}
        variants = {"transforms": self._transforms} if self._transforms else {}
        return self._graph.add(
            stage,
            {
                "data": _description(study.data, *(["test_fraction"] if "fold" in more else [])),
                "preprocess": study.preprocess.model_dump(mode="json"),
                "seed": study.seed,
                **coded,
                **variants,
                **more,
            },
            digest=source_digest(study.data, memory),
            components=[SOURCES.file(study.data.source)],
            told={"data": study.data, "memory": memory},
        )

    def trained(self) -> dict[str, Any]:
        """The study's run, without what the search decides."""
        search = self._study.search
        return _part(self._run, self._used - set(search.space if search else ()))

    def searched(self) -> dict[str, Any]:
        """The study's search as it is made at once, by whoever has no use for its levels one by one."""
        search = self._study.search
        if search is None:
            raise ValueError("this study searches nothing")
        return {
            "run": _part(self._run, self._used - {*search.space, "epochs"}),
            "space": self._space(search),
            "levels": [
                {
                    **level.described,
                    **({"rungs": [[*rung] for rung in level.rungs]} if level.halving else {}),
                    "name": name,
                }
                for name, level in search.levels.items()
            ],
            "objective": self._study.objective,
            "keep": search.keep,
            "margin": search.margin,
        }

    def _check(self, prepare: Job) -> Job:
        two = {"two_classes": True} if self._study.final.threshold is not None else {}
        gates, control = [GATES[name] for name in gates_of(())], self._control()
        asked = {*Model.model_fields, *loss_params(self._run.train.loss)}.union(*(gate.params for gate in gates))
        part = _part(self._run, self._used & asked)
        run = RunSpec.model_validate(part)  # what the gates see
        trained = [extra for gate in gates for extra in gate.runs(run, self._study.data.task)]
        return self._graph.add(
            "check",
            {"run": part, "on_failure": self._study.check.on_failure, **control, **two},
            {"data": prepare},
            components=[
                *map(GATES.file, gates_of(control)),
                *self._metrics,
                *run.components(asked),
                *(file for each in trained for file in each.components()),
                *(self.components() if control else ()),
            ],
            told=self.work(),
        )

    def _control(self) -> dict[str, Any]:
        """What the gate `permutation` reads, by its name, where it is asked: a few trials of the search's first level,
        or the study's own run."""
        rounds, search = self._study.check.permutation, self._study.search
        if rounds is None:
            return {}
        used, level = self._used - {"monitors"}, None  # monitors change no network
        if search is not None:
            used -= {*search.space, "epochs"}
            first = next(iter(search.levels.values()))
            trials = min(first.trials, CONTROL_TRIALS)
            # A grid's first points are a corner of it, and those of tpe are random.
            sampler = "random" if first.sampler in ("grid", "tpe") else first.sampler
            space = self._space(search)
            level = {
                **first.model_dump(mode="json", exclude={"halving", "round"}),
                "trials": trials,
                "sampler": sampler,
                "space": space,
            }
        run = _part(self._run, used)
        return {"permutation": {"rounds": rounds, "objective": self._study.objective, "run": run, "level": level}}

    def levels(self, prepare: Job, check: Job) -> dict[str, Job]:
        """The search's levels one after another: shards of trials, then what they amount to."""
        search = self._study.search
        levels: dict[str, Job] = {}
        if search is None:
            return levels
        run = _part(self._run, self._used - {*search.space, "epochs"})
        previous: Job | None = None
        for index, (name, level) in enumerate(search.levels.items()):
            whole = level.sampler == "grid"  # of any other, trials stay where more of them are asked for
            work = {
                **{name: value for name, value in level.described.items() if whole or name != "trials"},
                "name": name,
                "index": index,
                "objective": self._study.objective,
                "space": None if previous else self._space(search),
            }
            inputs = {"data": prepare} | ({"previous": previous} if previous else {})
            cut = self._rounds if level.sampler == "tpe" else self._rungs
            shards, rest = cut(level, {"run": run, "level": work}, inputs, check)
            rule = {"keep": search.keep, "margin": search.margin, "trials": level.trials}
            told = self._collected(level.rungs, 0)
            previous = self._graph.add(
                "search", {"run": run, "level": work, **rule}, inputs | rest, parts=shards, told=told
            )
            levels[name] = previous
        return levels

    def _rounds(
        self, level: Level, work: dict[str, Any], inputs: Mapping[str, Job], check: Job
    ) -> tuple[list[Job], dict[str, Job]]:
        """The shards of all of a level's rounds, and the last round that was drawn from those before it, if any."""
        shards: list[Job] = []
        drawn: dict[str, Job] = {}
        for start, stop in level.rounds:
            if start:
                told = self._collected([Rung(start, level.epochs)], 0)
                own = self._graph.add("round", {**work, "start": start}, {**inputs, **drawn}, parts=shards, told=told)
                self._shards.append(own)
                drawn = {"round": own}
            slices = [[start + end for end in ends] for ends in self._slices(stop - start, level.epochs)]
            own_shards = [self._trials({**work, "slice": part}, {**inputs, **drawn}, check) for part in slices]
            self._shards += own_shards
            shards += own_shards
        return shards, drawn

    def _trials(self, params: dict[str, Any], inputs: Mapping[str, Job], check: Job) -> Job:
        return self._graph.add("trials", params, inputs, components=self.components(), after=[check], told=self.work())

    def _rungs(
        self, level: Level, work: dict[str, Any], inputs: Mapping[str, Job], check: Job
    ) -> tuple[list[Job], dict[str, Job]]:
        """The shards of a level's last rung, and the rung before, if there is one: all trials begin at the first.

        What a rung's trials are follows from the rung before, so each but the last is put together first.
        """
        rung: dict[str, Job] = {}
        for place, (trials, epochs) in enumerate(level.rungs):
            until = {"until": epochs} if level.halving else {}
            before = level.rungs[place - 1].epochs if place else 0
            shards = [
                self._trials({**work, **until, "slice": part}, {**inputs, **rung}, check)
                for part in self._slices(trials, epochs - before)
            ]
            self._shards += shards
            if epochs < level.epochs:
                go_on = {"trials": trials, "go_on": level.rungs[place + 1].trials}
                told = self._collected(level.rungs[: place + 1], go_on["go_on"])
                collected = self._graph.add(
                    "rung", {**work, **until, **go_on}, {**inputs, **rung}, parts=shards, told=told
                )
                rung = {"rung": collected}
                self._shards.append(collected)
        return shards, rung

    def _collected(self, rungs: Sequence[Rung], go_on: int) -> dict[str, Any]:
        """What is told of the work of putting rungs together: their trials' epochs in all, and how many go on."""
        left = [*(rung.trials for rung in rungs[1:]), 0]
        epochs = sum((rung.trials - staying) * rung.epochs for rung, staying in zip(rungs, left, strict=True))
        return {**self.work(), "epochs": epochs, "networks": go_on}

    def _train(self, prepare: Job, check: Job, levels: dict[str, Job]) -> Job:
        """Shards of the final runs, then the choice between the candidates."""
        search, final = self._study.search, self._study.final
        candidates = final.candidates if search else 1
        work = {
            "run": self.trained(),
            "candidates": candidates,
            "objective": self._study.objective,
        }
        inputs = {"data": prepare} | ({"search": [*levels.values()][-1]} if levels else {})
        shards = [
            self._graph.add(
                "runs",
                {**work, "slice": part},
                inputs,
                components=self.components(),
                after=[check],
                told=self.work(),
            )
            for part in self._slices(candidates * final.seeds, self._run.train.epochs)
        ]
        self._shards += shards
        told = {**self.work(), "networks": candidates * final.seeds}
        asked: dict[str, Any] = {"temperature": final.temperature} if final.temperature else {}
        if final.threshold is not None:
            aim = final.threshold
            asked["threshold"] = aim if isinstance(aim, str) else aim.model_dump(mode="json")
        if final.save != "first":
            asked["save"] = final.save
        return self._graph.add("train", {**work, "seeds": final.seeds, **asked}, inputs, parts=shards, told=told)

    def _baselines(self, prepare: Job) -> Job:
        """The baselines, tuned where that is asked for."""
        study, tuned = self._study, self._study.baselines
        weighing = self.trained()["train"].get("class_weight")  # none where it is searched
        params: dict[str, Any] = {"class_weight": weighing} if weighing else {}
        if tuned.linear or tuned.trees:
            params["tuning"] = {"objective": study.objective, "seed": study.seed, **tuned.model_dump(mode="json")}
            if self._transforms and tuned.linear:
                params["tuning"]["transforms"] = self._transforms
        components = [*self._metrics, LOSSES.file(study.task.loss)] if "tuning" in params else []
        told = {"trees": tuned.trees > 0, **self._variants(), **self._of_fold}
        return self._graph.add("baselines", params, {"data": prepare}, components=components, told=told)

    def components(self) -> list[Path]:
        """The files of all components that the study's runs may have, and of the metrics that they are measured by."""
        return sorted({*(file for run in self._runs for file in run.components()), *self._metrics})

    def work(self) -> dict[str, Any]:
        """What jobs are told of their work: all that their runs may be, the shape of the data as far as known, and of
        how many variants."""
        # Plain, as a job imports nothing for it.
        return {"runs": tuple(self._runs), "shape": tuple(self._shape), **self._variants(), **self._of_fold}

    def _variants(self) -> dict[str, int]:
        """In how many variants the data are there, where it is more than one."""
        found = {self._study.preprocess.transform, *self._transforms}
        return {"variants": len(found)} if len(found) > 1 else {}

    def _space(self, search: Search) -> dict[str, Any]:
        """The ranges in plain values, choices as the params that they are choices of have them."""
        space = {name: domain.model_dump(mode="json") for name, domain in search.space.items()}
        for name, domain in space.items():
            if "categorical" in domain:
                domain["categorical"] = [self._run.vary({name: choice}).value(name) for choice in domain["categorical"]]
        return space

    def _slices(self, count: int, epochs: int) -> list[list[int]]:
        """Jobs of so many networks as are asked for, or as their work suggests; no key but their own holds it."""
        each = max(multiply_adds(run, self._shape, epochs) for run in self._runs)
        size = self._study.workflow.shard_size or networks_a_job(count, each)
        return [list(ends) for ends in pairwise([*range(0, count, size), count])]


def _part(spec: RunSpec, names: Collection[str]) -> dict[str, Any]:
    """A run's params without those that something else decides, or that nothing uses: these do not enter the key."""
    run = spec.model_dump(mode="json")
    blocks = {block: {n: v for n, v in run[block].items() if n in names} for block in ("model", "train")}
    return {**run, **blocks}


def _description(data: Source, *unused: str) -> dict[str, Any]:
    """The data params but for where the files lie, for which their names and the digest stand; and but for folds, as
    each is a job of its own, and what is `unused`."""
    unused = (*unused, *(["id"] if not getattr(data, "id", None) else []))
    described = data.model_dump(mode="json", exclude={"dir", "folds", *unused})
    return {
        name: Path(value).name if name in ("path", "test_path", "y_path") and value else value
        for name, value in described.items()
    }
