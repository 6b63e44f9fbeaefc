"""What networks reach on the tables of tests/tables, beside scikit-learn's tuned models, on the same rows.

python -m tests.benchmarks.tables

All have the same training, validation and test rows, prepared alike, and as many trials; each repetition splits anew.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from collections.abc import Mapping, Sequence  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402
from hashlib import sha256  # noqa: E402
from itertools import product  # noqa: E402
from math import inf, sqrt  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import yaml  # noqa: E402
from scipy.special import softmax, stdtrit  # noqa: E402
from scipy.stats import rankdata  # noqa: E402

from mindgap.data.prepared import Dataset, open_rows, open_split  # noqa: E402
from mindgap.data.weighing import weights_of  # noqa: E402
from mindgap.jobs.graph import Graph  # noqa: E402
from mindgap.jobs.study import add_study  # noqa: E402
from mindgap.params.load import load_study, merge  # noqa: E402
from mindgap.params.study import Study  # noqa: E402
from mindgap.results.evaluation import Evaluation, Predictions, SplitPredictions  # noqa: E402
from mindgap.stages.leading import leading  # noqa: E402
from tests.benchmarks import contenders  # noqa: E402
from tests.driver import ROOT, SCRIPTS, drive  # noqa: E402
from tests.tables import NAMES, params_of, write_table  # noqa: E402
from tests.tables.made import MADE  # noqa: E402

OWN = ("network", "ensemble")
OTHERS = tuple(contenders.CONTENDERS)
NAMED = (*OWN, *OTHERS)


@dataclass(frozen=True)
class Found:
    """What one repetition found on a table: test scores by name, 1 where all is right, rows by split, CPU seconds."""

    score: str
    rows: dict[str, int]
    features: int
    fixed: bool
    scores: dict[str, float]
    seconds: dict[str, float]


def study_of(name: str, base: Sequence[Path], trials: int, seed: int, folder: Path) -> Study:
    """The default study, the bases over it, then the table's own params; so many trials in all levels together."""
    params: dict[str, Any] = {}
    for path in (ROOT / "params/study.yaml", *base):
        params = merge(params, yaml.safe_load(path.read_text()))
    params = {**params, "data": {key: params["data"][key] for key in ("val_fraction", "test_fraction")}}
    # The contenders stand beside it here, tuned by as much as it is.
    params = {**merge(params, params_of(name)), "seed": seed, "baselines": {"linear": 0, "trees": 0}}
    params["search"]["space"].pop("transform", None)  # all see rows prepared alike
    if "path" in params["data"]:
        # The benchmark repeats whole splits.
        params["data"] |= {"path": str(folder / params["data"]["path"]), "folds": None}
    else:
        params["preprocess"] = {**params["preprocess"], "transform": "none"}  # of columns that have a file
    levels = params["search"]["levels"]
    shares = np.array([level["trials"] for level in levels.values()], float)
    ends = np.round(np.cumsum(shares / shares.sum()) * trials).astype(int)
    for level, count in zip(levels.values(), np.diff(ends, prepend=0).tolist(), strict=True):
        level["trials"] = count
    return load_study(params)


def found_of(name: str, base: Sequence[Path], trials: int, seed: int, results: Path) -> Found:
    """Run a table's study up to its evaluation, and the contenders on its rows; what was found before is read."""
    study = study_of(name, base, trials, seed, results / "tables")
    graph = Graph(results, SCRIPTS)
    jobs = add_study(graph, study)
    code = sha256(Path(contenders.__file__).read_bytes()).hexdigest()[:16]
    kept = results / "found" / f"{name}-{jobs.evaluate.key}-{code}.json"
    if kept.is_file():
        return Found(**json.loads(kept.read_text()))
    started = time.process_time()
    for job in graph.beneath([jobs.evaluate]).values():
        if not graph.manifest(job.address).is_file():
            try:
                drive(graph, job)
            except SystemExit as end:
                said = (graph.results / "logs" / f"{job.key}.log").read_text()
                raise RuntimeError(f"{name}, {job.stage}: {said}") from end
    seconds = {"networks": time.process_time() - started}
    evaluated, data = graph.folder(jobs.evaluate.address), graph.folder(jobs.prepare.address)
    evaluation, predicted = Evaluation.read(evaluated), Predictions.read(evaluated).test
    if not np.array_equal(predicted.rows, open_rows(data, "test")):
        raise ValueError(f"{name}: the networks were measured on other rows than the others will be; ask for one split")
    score = leading(evaluation).score
    together = contenders.SCORES[score](predicted.measured, ensemble_of(predicted))
    scores = dict(zip(OWN, (float(np.mean(evaluation.metrics["test"][score].values)), together), strict=True))
    train, val, test = (open_split(data, split) for split in ("train", "val", "test"))
    task = contenders.Task(train, val, test, weights_of(train, study.run().train.class_weight), score)
    budget = contenders.Budget(trials, study.final.candidates, study.final.seeds)
    for other in contenders.CONTENDERS:
        started = time.process_time()
        scores[other] = contenders.tuned(other, task, budget, seed)
        seconds[other] = time.process_time() - started
    dataset = Dataset.read(data)
    fixed = dataset.split_by is not None and dataset.split_by[0] == "time"
    found = Found(score, dataset.rows, dataset.features, fixed, scores, seconds)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(found)))
    return found


def ensemble_of(predicted: SplitPredictions) -> np.ndarray:
    """What all seeds say together: the mean of their probabilities (rows, classes), or of their values (rows,)."""
    said = predicted.predicted.astype(np.float64)
    return (softmax(said, axis=-1) if said.ndim == 3 else said).mean(axis=0)


def interval(differences: Sequence[float], ratio: float) -> tuple[float, float]:
    """95 % of a mean difference over n repetitions that share rows (Nadeau and Bengio 2003).

    mean +- t sqrt((1 / n + ratio) variance), for the ratio of test rows to others. Of one repetition nothing is known.
    """
    count, mean = len(differences), float(np.mean(differences))
    if count < 2:
        return -inf, inf
    half = float(stdtrit(count - 1, 0.975)) * sqrt((1 / count + ratio) * float(np.var(differences, ddof=1)))
    return mean - half, mean + half


@dataclass(frozen=True)
class Row:
    """A table's row: the mean scores by name, their mean ranks, and leads with their intervals."""

    name: str
    found: Sequence[Found]

    def mean(self, name: str) -> float:
        """The mean test score."""
        return float(np.mean([found.scores[name] for found in self.found]))

    def ranks(self) -> dict[str, float]:
        """Mean ranks over the repetitions; the best is 1, and equal ones share theirs."""
        table = np.array([[found.scores[name] for name in NAMED] for found in self.found])
        return dict(zip(NAMED, rankdata(-table, axis=1).mean(axis=0).tolist(), strict=True))

    def lead(self, own: str, other: str) -> tuple[float, float, float]:
        """By how much one is ahead of another, and the interval of that."""
        differences = [found.scores[own] - found.scores[other] for found in self.found]
        rows = self.found[0].rows
        return float(np.mean(differences)), *interval(differences, rows["test"] / (rows["train"] + rows["val"]))


def page(rows: Sequence[Row], trials: int, base: Sequence[Path]) -> str:
    """The table in Markdown, with mean ranks and counts."""
    over = "".join(f", with `{path}` over it" for path in base)
    over += ", but for a search of `transform`" if base else ""
    lines = [
        "# Scores on tables",
        "",
        "Made by `make tables`. Test scores in percent: accuracy, or what leads the table's page, and of regressions "
        f"the share of variance that is explained. The network is that of `params/study.yaml`{over}, and the "
        "*ensemble* the mean of what its seeds say; *MLP*, *linear* and *trees* are scikit-learn's multilayer "
        "perceptron, logistic or ridge regression, and gradient-boosted trees. Each was tuned by "
        f"{trials} trials, and its best ones trained again over seeds, on the same rows, prepared alike, and chosen "
        f"by the same validation rows. Means over {len(rows[0].found)} repetitions, each with a split of its own; by "
        "time there is one split, and repetitions differ in seeds alone (†). The last columns are by how many points "
        "the network is ahead, with 95 % of it (Nadeau and Bengio 2003).",
        "",
        "| "
        + " | ".join(["table", "rows", "features", "score", *NAMED, *(f"ahead of {other}" for other in OTHERS)])
        + " |",
        "|---|--:|--:|---" + "|--:" * (len(NAMED) + len(OTHERS)) + "|",
    ]
    for row in rows:
        first = row.found[0]
        best = max(row.mean(name) for name in NAMED)
        cells = [f"{row.name}{' †' if first.fixed else ''}", f"{sum(first.rows.values()):,}", str(first.features)]
        cells.append(first.score.replace("_", " "))
        cells += [f"**{_percent(row.mean(n))}**" if row.mean(n) == best else _percent(row.mean(n)) for n in NAMED]
        cells += [_lead(*row.lead("network", other)) for other in OTHERS]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| mean rank | tables | " + " | ".join(NAMED) + " |", "|---|--:" + "|--:" * len(NAMED) + "|"]
    real = [row for row in rows if row.name not in MADE]
    for title, some in (("all", rows), ("real ones", real)):
        if some:
            means = (float(np.mean([row.ranks()[name] for row in some])) for name in NAMED)
            lines.append(f"| {title} | {len(some)} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")
    lines += [""]
    for own, other in product(OWN, OTHERS):
        leads = [row.lead(own, other) for row in real]
        ahead, behind = sum(low > 0 for _, low, _ in leads), sum(high < 0 for *_, high in leads)
        better = sum(mean > 0 for mean, *_ in leads)
        lines.append(
            f"- Of {len(real)} real tables the {own} is ahead of {other} on {better}, on {ahead} of them by more than "
            f"chance; on {behind} it is behind by more than chance."
        )
    return "\n".join(lines) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _lead(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:+.1f} ({100 * low:.1f} to {100 * high:.1f})"


def main() -> None:
    """Run all, tables side by side; print each repetition, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, help="tables, all if none is named")
    parser.add_argument("--base", type=Path, nargs="*", default=[], help="params files over params/study.yaml")
    parser.add_argument("--trials", type=int, default=60, help="trials of each contender, and of all levels together")
    parser.add_argument("--repeats", type=int, default=5, help="splits, and seeds of the study")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("results/tables"), help="what was found is kept here")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/tables.md")
    chosen = parser.parse_args()
    results = chosen.results.resolve()
    (results / "tables").mkdir(parents=True, exist_ok=True)
    for name in chosen.names:
        write_table(name, results / "tables")
    tasks = [(name, seed) for seed in range(chosen.repeats) for name in chosen.names]
    rows: dict[str, list[Found]] = {name: [] for name in chosen.names}
    with ProcessPoolExecutor(chosen.cores) as pool:
        running = [pool.submit(found_of, name, chosen.base, chosen.trials, seed, results) for name, seed in tasks]
        for (name, seed), future in zip(tasks, running, strict=True):
            found = future.result()
            rows[name].append(found)
            print(f"{name}, seed {seed}: {_told(found.scores, 100, ' %')}; {_told(found.seconds, 1, ' s')}", flush=True)
    text = page([Row(name, found) for name, found in rows.items()], chosen.trials, chosen.base)
    chosen.out.write_text(text)
    print(text)


def _told(values: Mapping[str, float], times: float, unit: str) -> str:
    return ", ".join(f"{name} {times * value:.1f}{unit}" for name, value in values.items())


if __name__ == "__main__":
    main()
