"""What a job asks of a machine: memory and time, told from its work; every job has one thread.

The peak of a job's memory is what its process has when it has imported what it needs, the arrays that it maps, and the
arrays that it makes. Its stage says which: see `peak`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from mindgap.data.coded import CODES
from mindgap.data.prepared import Dataset, is_coded
from mindgap.jobs.trainings import TRAININGS
from mindgap.nn.architecture import Architecture
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.params.run import RunSpec
from mindgap.params.sources import Source
from mindgap.params.work import OUTPUTS, SECOND, SHAPES, Shape, multiply_adds, shape_of
from mindgap.stages.gates import TRAIN_ROWS
from mindgap.store.job import Job
from mindgap.training.cohort import ENOUGH, LARGE, WATCHED
from mindgap.training.measure import chunk_of

MB = 1_000_000

IMPORTED = {"baselines": 205, "evaluate": 125, "judge": 125, "search": 80}
"""MB of a process of a stage that has imported what it needs."""

PLAIN = 60
"""MB of one of any other stage."""

SNAKEMAKE = 300
"""MB of the two Snakemakes that a job on a cluster is started by."""

SPARE = 1.25
"""What is asked for beyond the peak that is told."""

FLOAT, DOUBLE = 4, 8

UNIT, MEASURED = 16, 12
"""Bytes of a unit and row of a batch: its output, its gradient, what its activation keeps, and a mask; and of rows that
are only measured."""

DROPPED = 8
"""Bytes of the first for dropout: its mask, and what it lets through."""

MAPPED, NORMALIZED = 6, 12
"""Bytes of a value of a map: itself, what its activation keeps, and masks; and what a normalisation keeps beside it."""

LOOKED = 7
"""Copies of a layer, in float64, by which full monitors find equal units."""

HISTORY, FULL = 1400, 4
"""Bytes of an epoch and layer in the history of a trial, where all of a level are put together; and how many times as
much with full monitors."""

BLOCK = 4_000_000
"""Values that are prepared at once."""

RAW = {"mnist": 1, "fashion_mnist": 1, "npz": 4}
"""Bytes of a raw value, where it is no float64."""

TABLES = 90 * MB
"""What reads tables: pyarrow, and the text that it parses at once."""

CHECKED, DISTINCT = 16, 5000
"""Copies of a network, in float64, of the gates; training rows among which they look for different ones."""

JOINED = 2
"""Copies of what networks say of the rows of all folds, which are put together."""

LEAST_MINUTES, SLOWER = 5, 4
"""What is asked for whatever the work, and how much slower than ours a machine may be."""

VALUES = 1e6
"""Values of raw data that are prepared in a second."""

PASSES = 400
"""Products of the training rows with the weights of softmax regression: two in each iteration, if it takes all 200."""

TREES, TREE, GROWN = 400, 2e-3, 6e-9
"""Rounds of boosted trees at most, seconds of a tree, and those that it takes more for a value of the training rows."""

BINNED = 10
"""Bytes of a value of the training rows while trees are fitted: in float64, and as the number of its bin."""

BATCH = 1200.0
"""Seconds of a core that trainings sharing a job of a cluster take in all."""

STUDIED, COLLECTING = ("trials", "runs"), ("rung", "round", "search", "train")
"""The stages that train for a study, and those that put together what these give."""

BATCHED = (*STUDIED, "arm", "arm_tuning", "arm_search")
"""All stages that train and may share a job of a cluster."""

LIGHT = 10_000_000
"""Values of raw data up to which what is no training takes seconds."""


@dataclass(frozen=True)
class Prepared:
    """A prepared data set: rows by split, features and outputs, how many such a job reads, and how rows are stored."""

    rows: dict[str, int]
    features: int
    outputs: int
    sets: int = 1
    image: tuple[int, int, int] | None = None
    coded: bool = False

    def size(self, *splits: str) -> int:
        """Bytes of splits, features and targets, and, where rows are `Coded`, of what their codes mean."""
        rows, value = sum(self.rows.get(split, 0) for split in splits), 1 if self.coded else FLOAT
        return self.sets * (rows * (self.features * value + DOUBLE) + self.coded * CODES * self.features * FLOAT)

    @property
    def shape(self) -> Shape:
        """What there is to train on."""
        return Shape(self.rows["train"], self.features, self.image)


def prepared(folder: Path, job: Job) -> Prepared:
    """What a job reads of the result in a folder. Raises FileNotFoundError of its manifest where there is none yet."""
    numbers = range(*job.params["slice"]) if job.stage.startswith("arm") else ()
    found, coded = _read(folder / str(numbers[0]) if numbers else folder)
    return Prepared(dict(found.rows), found.features, found.outputs, max(1, len(numbers)), found.image_shape, coded)


@cache
def _read(folder: Path) -> tuple[Dataset, bool]:
    return Dataset.read(folder), is_coded(folder)


def values(data: Source) -> int:
    """Values of what a source holds, as far as that is known before it is read: a text has one in eight bytes."""
    path = Path(getattr(data, "path", None) or "")
    if path.is_file():
        return path.stat().st_size // (DOUBLE if data.source == "csv" else FLOAT)
    own_test = 10_000 if data.source in SHAPES and data.test_fraction is None else 0
    rows, features = SHAPES.get(data.source, shape_of(data)[:2])
    return (rows + own_test) * features


def networks(job: Job) -> int:
    """How many networks a job trains."""
    if job.stage in TRAININGS:
        return TRAININGS[job.stage](job)
    if asked := job.params.get("permutation"):
        return int((asked["rounds"] + 1) * (asked["level"]["trials"] if asked["level"] else 1))
    start, stop = job.params.get("slice", (0, 0))
    return int(stop - start)


def seconds(job: Job, shape: Shape) -> float:
    """Seconds of a core that the trainings of a job take, its reading of raw data, or its baselines."""
    if job.stage in ("prepare", "arm_data"):
        variants = 1 + len(job.params.get("transforms", ()))
        return values(job.told["data"]) * max(1, networks(job)) * variants / VALUES
    if job.stage == "baselines":
        cells, tuning = shape.rows * shape.features, job.params.get("tuning", {"linear": 0, "trees": 0})
        linear: float = (
            max(1, tuning["linear"]) * len(tuning.get("transforms", "1")) * PASSES * cells * OUTPUTS / SECOND
        )
        trees: float = tuning["trees"] * TREES * OUTPUTS * (TREE + GROWN * cells)
        return linear + trees
    if job.stage == "check":  # its gate trains on a few rows
        shape = shape._replace(rows=min(shape.rows, TRAIN_ROWS))
    runs: Sequence[RunSpec] = job.told.get("runs", ())
    each = max((multiply_adds(run, shape, _epochs(job, run)) for run in runs), default=0.0)
    return networks(job) * each / SECOND


def _epochs(job: Job, run: RunSpec) -> int:
    if "until" in job.params:  # of a rung, those before it as well
        return int(job.params["until"])
    level = job.params.get("level") or job.params.get("permutation", {}).get("level")
    levels = [level] if level else job.params.get("levels", ())
    return max((int(level["epochs"]) for level in levels), default=run.train.epochs)


def peak(job: Job, data: Prepared | None) -> float:
    """The most memory that a job's process has, in MB; `data` is what it reads of prepared data.

    prepare: the raw rows, a block of them in float64, four times, and what reads tables.
    check: copies of the network in float64, and the first training rows to compare them.
    trials, runs, arm...: `training`, and the training and validation rows.
    rung, round, search: the histories of all trials of a level; rung: the states of those that go on. train: the values
    of all candidates. baselines: the training rows, and of codes what they mean. evaluate: all rows, and the winner's
    networks; where there are folds, those of one, and what the networks of all say. Of both, where there are boosted
    trees, what fits them. Rows count in all variants.
    """
    trees, variants = bool(job.told.get("trees")), job.told.get("variants", 1)
    own = IMPORTED.get("baselines" if trees else job.stage, PLAIN) * MB
    if job.stage in ("prepare", "arm_data"):
        source = job.told["data"]
        count = values(source)
        own += count * RAW.get(source.source, DOUBLE) + min(count, BLOCK) * DOUBLE * 4
        own += TABLES if source.source in ("csv", "parquet") else 0
    if data is None:
        return own / MB
    runs: Sequence[RunSpec] = job.told.get("runs", ())
    if job.stage == "check":
        weights = max((_parameters(run, data) for run in runs), default=0)
        own += CHECKED * DOUBLE * weights + 3 * data.features * FLOAT * min(DISTINCT, data.rows["train"])
    elif job.stage == "train":
        own += FLOAT * job.told["networks"] * max((_parameters(run, data) for run in runs), default=0)
    elif job.stage in ("rung", "round", "search"):
        own += job.told["epochs"] * max(map(_history, runs), default=0)
        own += job.told["networks"] * max((_state(run, data) for run in runs), default=0)
    elif job.stage == "baselines":
        own += variants * data.size("train") + data.coded * FLOAT * data.rows["train"] * data.features
    elif job.stage == "evaluate":
        own += variants * data.size("train", "val", "test")
        own += max((training(run, data, job.told["networks"], used=True) for run in runs), default=0)
        if job.told["folds"] > 1:
            rows = job.told["folds"] * (data.rows["val"] + data.rows["test"])
            own += JOINED * FLOAT * job.told["networks"] * rows * data.outputs
    elif job.stage in BATCHED:
        count = networks(job) if data.sets == 1 else max(-(-networks(job) // data.sets), min(networks(job), ENOUGH))
        own += variants * data.size("train", "val")
        alike = job.stage == "trials"
        own += max((training(run, data, count, leaving=job.stage != "runs", alike=alike) for run in runs), default=0)
        own += count * max((_state(run, data) for run in runs), default=0) if "until" in job.params else 0
    own += trees * BINNED * data.rows["train"] * data.features
    return own / MB


def training(
    run: RunSpec, data: Prepared, count: int, *, leaving: bool = False, alike: bool = False, used: bool = False
) -> int:
    """Bytes of `count` networks side by side, beside their data.

    Each of its parameters: value, gradient, the optimiser's state, and, with early stopping, the best value so far;
    and for a while more, whichever is more: the largest layer's values before a step, or of all but one network value
    and state once more, as when one leaves. Each dense unit of a batch UNIT bytes, or of a chunk MEASURED, whichever is
    more; and of maps, see `_mapped`.
    A batch's rows: once if all are `alike` in them, or else for each. With full monitors the activations of WATCHED
    rows, twice, and of one network LOOKED copies of the largest layer. If they are only `used`: three copies of their
    values, and the units of a chunk.
    """
    architecture, chunk = _architecture(run, data), chunk_of(_architecture(run, data))
    largest = max(fan_in * fan_out for fan_in, fan_out in architecture.shapes)
    dense = sum(units for _, units in architecture.shapes[len(architecture.blocks) :])
    mapped = _mapped(run, architecture)
    if used:
        return count * (3 * FLOAT * architecture.values + chunk * (dense * MEASURED + mapped))
    slots, stops = OPTIMIZERS[run.train.optimizer].slots, run.train.early_stopping is not None
    kept = FLOAT * architecture.values * (2 + slots + stops)
    again = FLOAT * architecture.values * (1 + slots) * (count - 1) // count if leaving or stops else 0
    rows = data.rows["train"]
    batch = min(run.train.batch_size or rows, rows)
    units = dense * max(batch * (UNIT + (DROPPED if run.train.dropout else 0)), chunk * MEASURED)
    units += mapped * max(batch, chunk)
    full = run.train.monitors == "full"
    watched = 2 * FLOAT * (architecture.activations + architecture.units[-1]) * min(WATCHED, rows) if full else 0
    gathered = FLOAT * batch * data.features * (1 if alike or batch * data.features > LARGE else count)
    looked = LOOKED * DOUBLE * largest if full else 0
    return count * (kept + max(FLOAT * largest, again) + units + watched) + gathered + looked


def _mapped(run: RunSpec, architecture: Architecture) -> int:
    """Bytes of a row of what blocks of convolution keep of it.

    Of each value of a map MAPPED bytes, and NORMALIZED where it is normalised; of what leaves a block its value, and
    DROPPED for dropout; of what comes in, its gradient, and with padding itself once more.
    """
    found = 0
    for number, (block, passage) in enumerate(zip(architecture.blocks, architecture.passages, strict=True)):
        found += passage.filtered.units * (MAPPED + (NORMALIZED if architecture.normalized else 0))
        found += passage.left.units * (FLOAT + (DROPPED if run.train.channel_dropout else 0))
        around = passage.given.padded(block.padding).units
        found += FLOAT * around * (bool(number) + bool(block.padding))
    return found


def _history(run: RunSpec) -> int:
    """Bytes of an epoch of a trial's history."""
    return HISTORY * (run.model.layers + 1) * (FULL if run.train.monitors == "full" else 1)


def _state(run: RunSpec, data: Prepared) -> int:
    """Bytes from which a network goes on: its values, and those of the optimiser."""
    values = _architecture(run, data).values
    return FLOAT * values * (1 + OPTIMIZERS[run.train.optimizer].slots)


def _parameters(run: RunSpec, data: Prepared) -> int:
    return _architecture(run, data).parameters


def _architecture(run: RunSpec, data: Prepared) -> Architecture:
    return run.model.architecture(data.features, data.outputs, data.image)


def memory(job: Job, data: Prepared | None, attempt: int) -> int:
    """MB to ask for at the n-th attempt, counted from 1: each asks for as much more."""
    return ceil(attempt * (SPARE * peak(job, data) + SNAKEMAKE))


def minutes(job: Job, data: Prepared | None, attempt: int) -> int:
    """Minutes to ask for at the n-th attempt."""
    shape = Shape(1, 1) if data is None else data.shape
    return ceil(attempt * (LEAST_MINUTES + SLOWER * seconds(job, shape) / 60))


def _pass(job: Job) -> tuple[Any, ...]:
    """Which trials of a search wait for none of each other: their level, and its rung or round."""
    drawn = job.inputs.get("round")
    return job.params["level"]["index"], job.params.get("until", "") if drawn is None else drawn.key


def batches(jobs: Iterable[Job]) -> dict[str, str]:
    """By key, the name of the job of a cluster that a job shares with others, about BATCH seconds of a core.

    All of a study's search and final training is one, if it is no more than that; or else trainings of one stage, and
    of one rung or round of one level of a search, of which none waits for what another gives.
    """
    given = [job for job in jobs if job.stage in (*BATCHED, *COLLECTING)]
    cost = {job.key: seconds(job, Shape(*job.told["shape"])) for job in given if job.stage in BATCHED}
    if sum(cost[job.key] for job in given if job.stage in STUDIED) <= BATCH:
        found = {job.key: "study" for job in given if job.stage in (*STUDIED, *COLLECTING)}
    else:
        found = {}
    filled: dict[str, float] = {}
    for job in given:
        if job.key in cost and job.key not in found:
            name = "_".join(map(str, (job.stage, *(_pass(job) if job.stage == "trials" else ()))))
            before = filled.get(name, 0.0)
            found[job.key] = f"{name}_{int(before // BATCH)}"
            filled[name] = before + cost[job.key]
    return found
