"""What a study costs beside its own computing, on two cores: cold, and with nothing to do."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.datasets import load_wine

from mindgap.store.documents import read_json

ROOT = Path(__file__).parents[2]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
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


def checkout(folder: Path) -> Path:
    """A copy of the workflow."""
    folder.mkdir()
    for name in ("Snakefile", "workflow", "profiles", "params"):
        source = ROOT / name
        shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
    return folder


def study(folder: Path, params: dict[str, Any], *arguments: str) -> Took:
    """Run a study in a new copy of the workflow, and once more with nothing to do."""
    (folder / "own.yaml").write_text(json.dumps(params))
    command = [SNAKEMAKE, "--cores", "2", "--configfile", "own.yaml", *arguments]
    wall, told = _timed(command, folder)
    again, _ = _timed(command, folder)
    results = folder / "results" / params["study"]
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


def _timed(command: list[str], folder: Path) -> tuple[float, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, done.stderr


def main() -> None:
    """Print a line a study, and beside it what Snakemake alone needs to find that there is nothing to do."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        (place / "Snakefile").write_text(NOTHING)
        _timed([SNAKEMAKE, "--cores", "1"], place)
        alone, _ = _timed([SNAKEMAKE, "--cores", "1"], place)
        table(place / "wine.csv")
        wine = {"study": "wine", "data": {"source": "csv", "path": str(place / "wine.csv"), "target": "target"}}
        print("study of two cores  wall   CPU in stages  wall / half of that  report  track  a run   nothing to do")
        for name, params, arguments in (
            ("digits", {"study": "digits"}, []),
            ("  a process a job", {"study": "digits"}, ["--executor", "local"]),
            ("208 rows", wine, []),
            ("  a process a job", wine, ["--executor", "local"]),
        ):
            took = study(checkout(place / f"{len([*place.iterdir()])}"), params, *arguments)
            print(
                f"{name:<18} {took.wall:5.1f} s {took.stages:10.1f} s {2 * took.wall / took.stages:16.1f} "
                f"{took.report:13.1f} s {took.track:5.1f} s {1000 * took.track / took.runs:4.0f} ms {took.again:9.2f} s"
            )
        print(f"Snakemake alone, nothing to do: {alone:.2f} s")


if __name__ == "__main__":
    main()
