"""Loss and accuracy over the epochs, on training and validation data."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.figures.histories import Curves, curves
from mindgap.figures.style import GREY, ORANGE, SPLIT_NAMES, SPLITS, VERMILION, Drawing, panels, percent_axis
from mindgap.study_files import StudyFiles


def draw(study: StudyFiles) -> Drawing:
    """All seeds of the winner thin, their mean bold, the gap between training and validation shaded."""
    canvas, axes = panels(2, columns=2, height=3.5)
    begins = study.evaluation["overfitting_epoch"]["first"]
    cut = False
    for panel, metric in zip(axes, ("loss", "accuracy"), strict=True):
        train, val = (curves(study.winner_runs, f"{split}_{metric}") for split in SPLITS if split != "test")
        cut |= _zoom(panel, train.mean(axis=0), val.mean(axis=0))
        _curves(panel, train, val)
        for row, run in zip(val, study.winner_runs, strict=True):
            kept = run["kept_epoch"]
            panel.plot(kept, row[kept], "o", ms=5, mfc="white", mec=VERMILION, mew=1.2, zorder=4, label="kept epoch")
        if begins is not None:
            panel.axvline(begins, color=GREY, lw=1, ls=(0, (4, 3)), label=f"overfitting from epoch {begins}")
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        panel.set_xlim(0, max(train.shape[1] - 1, 1))
    axes[0].set_title("Loss (nats)")
    axes[1].set_title("Accuracy (%)")
    percent_axis(axes[1])
    handles, labels = axes[0].get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    canvas.legend(once.values(), once.keys(), loc="outside lower center", ncols=len(once), columnspacing=1.4)
    return Drawing(canvas, _caption(len(study.winner_runs), begins, cut))


def _curves(panel: Axes, train: Curves, val: Curves) -> None:
    epochs = np.arange(train.shape[1])
    panel.fill_between(epochs, train.mean(axis=0), val.mean(axis=0), color=ORANGE, alpha=0.22, lw=0, label="gap")
    for split, rows in (("train", train), ("val", val)):
        panel.plot(epochs, rows.T, color=SPLITS[split], lw=0.7, alpha=0.4)
        panel.plot(epochs, rows.mean(axis=0), color=SPLITS[split], lw=2.2, label=SPLIT_NAMES[split])


def _zoom(panel: Axes, *means: Curves) -> bool:
    """Cut the first tenth of the epochs off the y axis: its steep change would flatten all that follows."""
    every = np.concatenate(means)
    later = np.concatenate([mean[max(1, len(mean) // 10) :] for mean in means])
    if not np.isfinite(later).any():
        return False
    low, high = np.nanmin(later), np.nanmax(later)
    margin = 0.06 * (high - low) or 0.01
    panel.set_ylim(low - margin, high + margin)
    return bool(np.nanmin(every) < low - margin or np.nanmax(every) > high + margin)


def _caption(seeds: int, begins: int | None, cut: bool) -> str:
    sentences = [
        f"Thin lines are the {seeds} seeds, bold lines their mean for as long as all of them ran. The shaded area is the "
        "gap: a metric on training data minus the same metric on validation data. A circle marks the epoch whose "
        "weights a seed keeps."
    ]
    if begins is not None:
        sentences.append(f"From epoch {begins} (dashed) validation gets worse while training still improves.")
    if cut:
        sentences.append("The steep first epochs reach beyond the axes.")
    return " ".join(sentences)
