"""The confusion matrix of the test split, summed over the seeds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from mindgap.report.drawing.style import BLUE, VERMILION, WIDTH, Drawing, short
from mindgap.report.study import FinishedStudy

LEGIBLE = 30
"""With more classes than this the counts are left out: they could not be read."""

_RIGHT = LinearSegmentedColormap.from_list("right", ["#ffffff", BLUE])
_WRONG = LinearSegmentedColormap.from_list("wrong", ["#ffffff", "#f6c9a8", VERMILION])


def draw(study: FinishedStudy) -> Drawing:
    """Rows are the true classes, columns the predicted ones; colours are shares of the row."""
    counts = np.array(study.evaluation.confusion["test"], dtype=np.int64)
    classes = [short(name) for name in study.dataset.classes]
    size = len(classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    canvas = Canvas(figsize=(WIDTH, float(np.clip(2.2 + 0.34 * size, 3.4, 8.4))), layout="constrained")
    panel = canvas.add_subplot()
    wrong = np.where(np.eye(size, dtype=bool), 0.0, shares)
    worst = wrong.max() or 1.0
    # Two scales: on one, the few errors of a good network would all be white.
    image = np.where(np.eye(size, dtype=bool)[..., None], _RIGHT(0.75 * shares), _WRONG(wrong / worst))
    panel.imshow(image, interpolation="none")
    _labels(panel, classes)
    if size <= LEGIBLE:
        _counts(panel, counts)
    seeds = f"{len(study.evaluation.replicates)} seeds{' and all folds' if study.folds else ''}"
    return Drawing(canvas, _caption(seeds, float(wrong.max()), size <= LEGIBLE))


def _labels(panel: Axes, classes: list[str]) -> None:
    size = len(classes)
    every = -(-size // 60)
    shown = range(0, size, every)
    steep = max(map(len, classes)) * size > 75
    font = 9 if size <= 15 else 7 if size <= LEGIBLE else 5
    panel.set_xticks(shown, classes[::every], rotation=90 if steep else 0, fontsize=font)
    panel.set_yticks(shown, classes[::every], fontsize=font)
    panel.set_xlabel("predicted class")
    panel.set_ylabel("true class")
    panel.tick_params(length=0)
    panel.grid(visible=False)
    panel.spines[:].set_visible(False)
    if size <= LEGIBLE:
        lines = np.arange(size + 1) - 0.5
        panel.hlines(lines, -0.5, size - 0.5, color="#eef0f3", lw=0.7)
        panel.vlines(lines, -0.5, size - 0.5, color="#eef0f3", lw=0.7)


def _counts(panel: Axes, counts: np.ndarray) -> None:
    size = len(counts)
    font = float(np.clip(165 / size, 5, 9))
    for true, predicted in np.argwhere(counts > 0):
        panel.text(
            predicted,
            true,
            str(counts[true, predicted]),
            ha="center",
            va="center",
            fontsize=font,
            color="#1f2937",
            fontweight="normal" if true == predicted else "bold",
        )


def _caption(seeds: str, worst: float, counted: bool) -> str:
    numbers = f"Numbers count test rows, summed over the {seeds}. " if counted else ""
    scale = f"the strongest orange is {100 * worst:.3g} % of a row" if worst > 0 else "there are none"
    return (
        f"Each row is a true class, each column a predicted one. {numbers}Colours are shares of the row: blue for "
        f"what is right, orange for errors, on a scale of their own ({scale})."
    )
