"""Loss and the leading metric over the epochs, on training and validation data."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.report.drawing.histories import Curves, curves
from mindgap.report.drawing.style import (
    GREY,
    ORANGE,
    SPLIT_NAMES,
    SPLITS,
    VERMILION,
    Drawing,
    metric_axis,
    panels,
    short,
)
from mindgap.report.shown import shown
from mindgap.report.study import FinishedStudy

TITLE = "Learning curves of the winner"


def _second(study: FinishedStudy) -> str:
    """What leads, where training measured it; or else what its task is measured by."""
    headline = study.leading.headline
    return headline if f"val_{headline}" in study.winner_runs[0].history else study.task.headline


def draw(study: FinishedStudy) -> Drawing:
    """All seeds of the winner thin, their mean bold, the gap between training and validation shaded."""
    canvas, axes = panels(2, columns=2, height=3.5)
    begins = study.evaluation.overfitting_epoch
    cut = False
    for panel, metric in zip(axes, ("loss", _second(study)), strict=True):
        train, val = (curves(study.winner_runs, f"{split}_{metric}") for split in SPLITS if split != "test")
        cut |= _zoom(panel, train, val)
        _curves(panel, train, val)
        for row, run in zip(val, study.winner_runs, strict=True):
            kept = [] if run.kept_epoch is None else [run.kept_epoch]
            panel.plot(
                kept,
                row[kept],
                "o",
                ms=5,
                mfc="white",
                mec=VERMILION,
                mew=1.2,
                zorder=4,
                clip_on=False,
                label="kept epoch",
            )
        if begins is not None:
            panel.axvline(begins, color=GREY, lw=1, ls=(0, (4, 3)), label=f"overfitting from epoch {begins}")
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        panel.set_xlim(0, max(train.shape[1] - 1, 1))
        panel.set_title(shown(metric).title)
        metric_axis(panel, shown(metric))
    if study.target is not None:
        axes[1].set_title(f"{axes[1].get_title(loc='left')} of {short(study.target.name, 32)}")
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


def _zoom(panel: Axes, *splits: Curves) -> bool:
    """Cut the steep first tenth of the epochs off the y axis, as it would flatten all that follows; True if it was.

    A single spike of one seed is cut as well: what is shown is all but one in a hundred of the later values.
    """
    every = np.concatenate(splits)
    common = int(np.isfinite(every).all(axis=0).sum())
    later = every[:, max(1, common // 10) :]
    if not np.isfinite(later).any():
        return False
    low, high = np.nanpercentile(later, (1, 99))
    margin = 0.06 * (high - low) or 0.01
    panel.set_ylim(low - margin, high + margin)
    return bool(np.nanmin(every) < low - margin or np.nanmax(every) > high + margin)


def _caption(seeds: int, begins: int | None, cut: bool) -> str:
    lines = f"Thin lines are the seeds ({seeds}), bold lines their mean for as long as all of them ran."
    text = (
        f"{lines if seeds > 1 else 'The lines are of the one seed.'} The shaded area is the gap: a metric on training "
        "data minus the same metric on validation data. A circle marks the epoch whose weights a seed keeps, and of "
        "which all scores below are."
    )
    if begins is not None:
        text += (
            f" From epoch {begins} (dashed) the validation loss, a mean over the seeds, gets worse by more than it "
            "varies, while the training loss still falls."
        )
    return f"{text} The steep first epochs, and single spikes, reach beyond the axes." if cut else text
