"""Claims tested again without mindgap, beside the verdicts of its page: a few minutes.

python -m tests.replication [ledger.json] [claims]
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import json  # noqa: E402
import sys  # noqa: E402
from math import inf  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from tests.replication.claims import CLAIMS  # noqa: E402


def interval(values):
    """That of the median of ten values, at 95 %: the second least to the second greatest (11 / 1024 beyond each)."""
    ordered = np.sort(np.asarray(values, float))
    return float(np.median(ordered)), float(ordered[1]), float(ordered[-2])


def ruling(low, high, limits):
    """Supported where the interval lies within the limits, refuted where it lies outside, or else undecided."""
    least, most = (-inf if limits[0] is None else limits[0]), (inf if limits[1] is None else limits[1])
    if least < low and high < most:
        return "supported"
    return "refuted" if high < least or low > most else "undecided"


def main(ledger="results/claims/ledger.json", *wanted):
    if unknown := [name for name in wanted if name not in CLAIMS]:
        sys.exit(f"{', '.join(unknown)}: there is no replication of it; there are {', '.join(CLAIMS)}")
    known = json.loads(Path(ledger).read_text())["claims"] if Path(ledger).is_file() else []
    ours = {(claim["id"], task): found["predictions"] for claim in known for task, found in claim["tasks"].items()}
    apart = total = 0
    print(f"{'claim':<6}{'task':<15}{'no.':<5}{'replicated':<42}{'mindgap':<42}")
    for name in wanted or CLAIMS:
        for task, predictions in CLAIMS[name]().items():
            mine = ours.get((name, task), [None] * len(predictions))
            for one, (number, (values, limits)) in zip(mine, predictions.items(), strict=True):
                middle, low, high = interval(values)
                there = ruling(low, high, limits)
                text = _told(middle, low, high, there)
                if one is None:
                    print(f"{name:<6}{task:<15}{number:<5}{text:<42}-", flush=True)
                    continue
                own = "supported" if one["verdict"] == "weaker than stated" else one["verdict"]
                total, apart = total + 1, apart + (own != there)
                told = _told(one["effect"], one["low"], one["high"], one["verdict"])
                print(f"{name:<6}{task:<15}{number:<5}{text:<42}{told:<42}{'differs' * (own != there)}", flush=True)
    print(f"{total - apart} of {total} rulings agree" if total else f"no verdicts of mindgap in {ledger}")


def _told(middle, low, high, verdict):
    middle, low, high = (f"{value:.3g}" if value is not None else "-" for value in (middle, low, high))
    return f"{middle} ({low} .. {high}) {verdict}"


if __name__ == "__main__":
    main(*sys.argv[1:])
