"""Surroundings: where and with what a result was computed, for its manifest and never for its key."""

import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

LIBRARIES = ("mindgap", "numpy", "pydantic", "scikit-learn", "scipy", "snakemake")


@dataclass(frozen=True)
class Machine:
    """The operating system, the machine's name, its processor and NumPy's BLAS."""

    platform: str
    host: str
    cpu: str
    blas: str


@cache
def this_machine() -> Machine:
    """The machine that this process runs on."""
    configuration: Any = np.show_config(mode="dicts")
    blas = configuration["Build Dependencies"]["blas"]
    return Machine(platform.platform(), platform.node(), _processor(), f"{blas['name']} {blas['version']}")


@cache
def library_versions() -> dict[str, str]:
    """The versions of Python and of the libraries whose work is in results."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def git_commit() -> str | None:
    """The git commit of the working directory; None where there is none."""
    try:
        git = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return git.stdout.strip() or None
