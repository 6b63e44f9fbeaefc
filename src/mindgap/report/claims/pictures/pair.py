"""Two entries of the history over the epochs, one on the other: where they are equal one sees a single line."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, Drawing, note, panels, short
from mindgap.report.numbers import significant


def draw(tested: TestedClaim, first: str, second: str) -> Drawing:
    """One panel an arm and task; medians over the replicates, and the largest difference in any of these."""
    found = [
        (task, place, arm, entries.by_epoch(own, first), entries.by_epoch(own, second))
        for task, trained in tested.runs.items()
        for place, (arm, runs) in enumerate(trained.items())
        for own in (entries.at_first_point(runs),)
    ]
    shown = [own for own in found if np.isfinite(own[3]).any() and np.isfinite(own[4]).any()]
    if not shown:
        return note(f"No training has both {first} and {second}.")
    rows: list[tuple[object, ...]] = []
    columns = min(len(tested.claim.arms), 4)
    canvas, axes = panels(len(shown), columns=columns, height=2.6)
    for panel, (task, place, arm, one, other) in zip(axes, shown, strict=True):
        epochs, colour = entries.thinned(one.shape[1]), entries.colour(place)
        medians = [entries.quartiles(table[:, epochs])[1] for table in (one, other)]
        entries.scale(panel, first, None, np.concatenate(medians))
        panel.plot(epochs, medians[0], color=colour, lw=6, alpha=0.45, label=entries.title(first))
        panel.plot(epochs, medians[1], color=BLACK, lw=1.5, ls=(0, (3, 2)), label=entries.title(second))
        apart = np.nanmax(np.abs(one - other))
        rows += [(task, arm, *own, apart) for own in zip(epochs, *medians, strict=True)]
        panel.text(
            0.97, 0.95, f"at most {significant(float(apart))} apart", transform=panel.transAxes, ha="right", va="top",
            color=GREY,
        )  # fmt: skip
        panel.set_title(f"{short(task, 20)}: {short(arm, 20)}")
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0].set_ylabel("median over replicates")
    entries.legend(canvas, axes[0])
    return Drawing(
        canvas,
        f"The wide line is the {entries.title(first)}, the dashed one the {entries.title(second)}: where one lies "
        "in the other, they are equal. Written in each panel is the largest difference in any epoch of any replicate.",
        table=table_of(("task", "arm", "epoch", first, second, "most apart"), rows),
    )
