"""The nets of scikit-learn's MNIST benchmark, by mindgap and by scikit-learn itself: test error and time, side by side.

Run with the folder of MNIST's IDX files: python tests/benchmarks/mnist_sklearn.py data/mnist
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from sklearn.neural_network import MLPClassifier as Reference  # noqa: E402

from mindgap.data.idx import IMAGES, LABELS, parse_idx, read_content  # noqa: E402
from mindgap.sklearn import MLPClassifier  # noqa: E402

BATCH, ALPHA = 200, 1e-4

OWN: dict[str, dict[str, Any]] = {
    "Adam, 1e-3": {"optimizer": "adam", "learning_rate": 1e-3},
    "SGD, 0.2, Nesterov's momentum 0.9": {"optimizer": "nesterov", "learning_rate": 0.2, "momentum": 0.9},
}
"""Each net as mindgap's params; scikit-learn's momentum is Nesterov's, and its penalty is over the batch's rows."""

REFERENCE: dict[str, dict[str, Any]] = {
    "Adam, 1e-3": {"solver": "adam", "learning_rate_init": 1e-3},
    "SGD, 0.2, Nesterov's momentum 0.9": {"solver": "sgd", "learning_rate_init": 0.2, "momentum": 0.9},
}


def split(folder: Path, name: str, precision: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (rows, 784) from 0 to 1, and labels (rows,)."""
    images, labels = (
        next(path for path in (folder / f"{name}-{kind}", folder / f"{name}-{kind}.gz") if path.exists())
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    pixels = parse_idx(read_content(images), images, IMAGES)
    x = pixels.reshape(len(pixels), -1).astype(precision) / 255
    return x, parse_idx(read_content(labels), labels, LABELS).astype(np.int64)


def contenders(net: str, epochs: int, seed: int) -> dict[str, Any]:
    """The net by each library, with equal first weights' distribution, penalty and stopping rule."""
    return {
        "mindgap": MLPClassifier(
            (100, 100),
            init="xavier_uniform",
            batch_size=BATCH,
            epochs=epochs,
            l2=ALPHA / BATCH,
            tol=1e-4,
            patience=10,
            random_state=seed,
            **OWN[net],
        ),
        "scikit-learn": Reference(
            (100, 100), batch_size=BATCH, max_iter=epochs, alpha=ALPHA, tol=1e-4, random_state=seed, **REFERENCE[net]
        ),
    }


def main() -> None:
    """Train each net by each library with each seed, in turn; print each run, then means and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where MNIST's IDX files are")
    parser.add_argument("--seeds", type=int, default=3, help="how often each net is trained")
    parser.add_argument("--epochs", type=int, default=400, help="epochs at most")
    parser.add_argument(
        "--precision",
        choices=("float32", "float64"),
        default="float32",
        help="of the pixels, in which scikit-learn computes; its benchmark has float32, NumPy's default is float64",
    )
    chosen = parser.parse_args()
    x, y = split(chosen.folder, "train", chosen.precision)
    x_test, y_test = split(chosen.folder, "t10k", chosen.precision)
    print(f"One core, pixels in {chosen.precision}. Test error in percent, seconds of fit, epochs.")
    for net in OWN:
        found: dict[str, list[tuple[float, float, float]]] = {}
        for seed in range(chosen.seeds):
            for name, model in contenders(net, chosen.epochs, seed).items():
                started = time.perf_counter()
                model.fit(x, y)
                seconds = time.perf_counter() - started
                error = 100 * (1 - model.score(x_test, y_test))
                found.setdefault(name, []).append((error, seconds, seconds / model.n_iter_))
                print(f"{net}, seed {seed}, {name}: {error:.2f} %, {seconds:.1f} s, {model.n_iter_}", flush=True)
        own, reference = (np.array(found[name]) for name in ("mindgap", "scikit-learn"))
        by_epoch = statistics.median(own[:, 2] / reference[:, 2])
        print(
            f"{net}: mean error {own[:, 0].mean():.2f} % against {reference[:, 0].mean():.2f} %; "
            f"time {own[:, 1].sum() / reference[:, 1].sum():.2f}x, of an epoch {by_epoch:.2f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
