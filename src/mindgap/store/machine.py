"""Where a result was computed: versions, processor, BLAS and commit, for its manifest and never for its key."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

LIBRARIES = ("mindgap", "numpy", "optuna", "pydantic", "scikit-learn", "snakemake")


def describe_machine() -> dict[str, Any]:
    """Versions of the libraries, the machine, and the git commit of the working directory (null if there is none)."""
    configuration: Any = np.show_config(mode="dicts")
    blas = configuration["Build Dependencies"]["blas"]
    return {
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "machine": {
            "platform": platform.platform(),
            "host": platform.node(),
            "cpu": _processor(),
            "blas": f"{blas['name']} {blas['version']}",
        },
        "git": _commit(),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str | None:
    try:
        git = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return git.stdout.strip() or None
