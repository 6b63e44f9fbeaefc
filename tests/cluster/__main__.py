"""`make cluster-test`, on a Slurm that slurm.sh has started: the bytes of both studies, and what each took."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workflow.checkout import SNAKEMAKE, Checkout

CORES = ["--cores", "2"]
DEADLINE = 900.0


def main() -> int:
    """Run both, and say what they took; 1 if they end in different bytes."""
    with tempfile.TemporaryDirectory() as folder:
        here, there = Checkout(Path(folder, "here")), Checkout(Path(folder, "there"))
        began = time.monotonic()
        _end(_start(here))
        between = time.monotonic()
        study = _start(there, "--workflow-profile", "slurm")
        _disturb(study)
        _end(study)
        ended = time.monotonic()
        equal = here.summary() == there.summary()
    local, cluster = between - began, ended - between
    states = _slurm("squeue", "--states=all", "--noheader", "--format=%T").split()
    print(f"here {local:.0f} s, on Slurm {cluster:.0f} s ({cluster / local:.1f} times): {len(states)} jobs", *states)
    print(f"summary.json has {'equal' if equal else 'other'} bytes")
    return int(not equal)


def _start(checkout: Checkout, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([SNAKEMAKE, *CORES, *arguments], cwd=checkout.folder, env=checkout.environment)


def _end(study: subprocess.Popen[bytes]) -> None:
    if study.wait(DEADLINE) != 0:
        sys.exit("cluster-test: the study failed")


def _disturb(study: subprocess.Popen[bytes]) -> None:
    """Drain the node and cancel the first job amid its work; resume the node when the job waits for it again."""
    job = _wait(study, "RUNNING")
    time.sleep(5)
    node = _slurm("sinfo", "--noheader", "--format=%n").strip()
    _slurm("scontrol", "update", f"nodename={node}", "state=drain", "reason=cluster-test")
    _slurm("scancel", job)
    _wait(study, "PENDING")
    _slurm("scontrol", "update", f"nodename={node}", "state=resume")


def _wait(study: subprocess.Popen[bytes], state: str) -> str:
    """The first job in a state, as soon as there is one."""
    until = time.monotonic() + DEADLINE
    while not (found := _slurm("squeue", f"--states={state}", "--noheader", "--format=%i").split()):
        if study.poll() is not None or time.monotonic() > until:
            sys.exit(f"cluster-test: no job was {state}")
        time.sleep(0.2)
    return found[0]


def _slurm(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
