"""A copy of the workflow in a folder of its own, and Snakemake run there as a user would."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SNAKEMAKE, MINDGAP = (str(Path(sys.executable).with_name(name)) for name in ("snakemake", "mindgap"))

SMALL: dict[str, Any] = {
    "model": {"hidden": [16]},
    "train": {"epochs": 4},
    "search": {
        "space": {"learning_rate": {"log_uniform": [0.01, 0.2]}},
        "levels": {"coarse": {"trials": 6, "epochs": 2}, "fine": {"trials": 3, "epochs": 2}},
    },
    "final": {"candidates": 2, "seeds": 2},
    "workflow": {"shard_size": 3},
}


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code, all it printed, and the jobs it ran by rule."""

    code: int
    text: str
    jobs: Counter[str]


class Checkout:
    """The workflow's files in a folder, with a small study's params, laid over those of a `base` as well, if any."""

    def __init__(self, folder: Path, params: dict[str, Any] | None = None, base: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        for name in ("Snakefile", "workflow", "profiles", "params"):
            source = ROOT / name
            shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder / name)
        self.params = SMALL if params is None else params
        self.files = [*([base] if base else []), "small.yaml"]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}

    def command(self, *arguments: str, cores: int = 2, params: dict[str, Any] | None = None) -> list[str]:
        """A snakemake command for the small study, with some of its params changed."""
        (self.folder / "small.yaml").write_text(json.dumps(merged(self.params, params or {})))
        return [SNAKEMAKE, *arguments, "--cores", str(cores), "--configfile", *self.files]

    def run(self, *arguments: str, cores: int = 2, params: dict[str, Any] | None = None, **variables: str) -> Outcome:
        """Run snakemake to its end."""
        done = subprocess.run(
            self.command(*arguments, cores=cores, params=params),
            cwd=self.folder,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        # Lines of processes that write at once may meet in one.
        return Outcome(done.returncode, done.stdout, Counter(re.findall(r"mindgap: (\w+).*? done in", done.stdout)))

    def kill_when(self, moment: Callable[["Checkout"], bool], *arguments: str) -> None:
        """Start snakemake and kill its whole process group, without mercy, as soon as the moment has come."""
        process = subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while not moment(self):
            assert process.poll() is None, "the study ended before the moment came"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def results(self, stage: str) -> list[Path]:
        """The published results of a stage; `*` is any. What a job was just writing when it was killed is none."""
        return sorted(path.parent for path in (self.folder / "results/store").glob(f"{stage}/[!.]*/manifest.json"))

    def summary(self) -> bytes:
        """The bytes of summary.json."""
        return (self.folder / "results/digits/summary.json").read_bytes()


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Two levels of params laid over each other, as Snakemake does."""
    both = {key for key in over if isinstance(base.get(key), dict) and isinstance(over[key], dict)}
    return {**base, **over, **{key: merged(base[key], over[key]) for key in both}}
