"""What a study costs beside its own computing, on two cores: cold, and with nothing to do."""

import csv
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sklearn.datasets import load_wine

from mindgap.store.documents import read_json
from tests.workflow.checkout import SNAKEMAKE, Checkout

NOTHING = "rule all:\n    input: 'a.txt'\nrule a:\n    output: 'a.txt'\n    shell: 'touch a.txt'\n"


class Took(NamedTuple):
    """How a study went: seconds in all, CPU seconds inside its stages, seconds of report and of tracking, the runs that
    MLflow has of it, and seconds with nothing to do."""

    wall: float
    stages: float
    report: float
    track: float
    runs: int
    again: float


def study(checkout: Checkout, *arguments: str) -> Took:
    """Run a study in a new copy of the workflow, and once more with nothing to do."""
    wall, told = _timed(checkout, *arguments)
    again, _ = _timed(checkout, *arguments)
    results = checkout.folder / "results" / checkout.params["study"]
    stages = read_json(results / "runtime.json").values()
    runs = max(read_json(marker)["runs"] for marker in (results / ".tracked").glob("*.json"))
    computed = sum(stage["cpu_seconds"] for stage in stages)
    return Took(wall, computed, _told(told, "report"), _told(told, "track"), runs, again)


def _told(text: str, name: str) -> float:
    """Seconds of all jobs of a name, as the terminal tells them."""
    return sum(map(float, re.findall(rf"^mindgap: {name} done in ([\d.]+) s", text, re.M)))


def table(path: Path, rows: int = 208) -> None:
    """A small table of 13 columns and a class, the first rows of scikit-learn's wines and some of them again."""
    wine = load_wine(as_frame=True).frame.sample(rows, replace=True, random_state=0)
    wine.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)


def _timed(checkout: Checkout, *arguments: str) -> tuple[float, str]:
    started = time.perf_counter()
    done = checkout.run(*arguments)
    if done.code != 0:
        raise SystemExit(done.text)
    return time.perf_counter() - started, done.text


def _alone(folder: Path) -> float:
    """Seconds that Snakemake takes to find that there is nothing to do in a workflow of one rule."""
    (folder / "Snakefile").write_text(NOTHING)
    for _ in range(2):
        started = time.perf_counter()
        subprocess.run([SNAKEMAKE, "--cores", "1"], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print a line a study, and beside it what Snakemake alone needs to find that there is nothing to do."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        alone = _alone(place)
        table(place / "wine.csv")
        wine = {
            "study": "wine",
            "data": {"source": "csv", "path": str(place / "wine.csv"), "target": "target", "folds": None},
        }
        print("study of two cores  wall   CPU in stages  wall / half of that  report  track  a run   nothing to do")
        for name, params, arguments in (
            ("digits", {"study": "digits"}, []),
            ("  a process a job", {"study": "digits"}, ["--executor", "local"]),
            ("208 rows", wine, []),
            ("  a process a job", wine, ["--executor", "local"]),
        ):
            took = study(Checkout(place / f"{len([*place.iterdir()])}", params), *arguments)
            print(
                f"{name:<18} {took.wall:5.1f} s {took.stages:10.1f} s {2 * took.wall / took.stages:16.1f} "
                f"{took.report:13.1f} s {took.track:5.1f} s {1000 * took.track / took.runs:4.0f} ms {took.again:9.2f} s"
            )
        print(f"Snakemake alone, nothing to do: {alone:.2f} s")


if __name__ == "__main__":
    main()
