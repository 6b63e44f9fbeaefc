"""The figures of a study, as SVG files whose bytes depend on nothing but the study."""

from pathlib import Path

from mindgap.report.drawing.figure import Figure
from mindgap.report.study_files import StudyFiles

__all__ = ["FIGURES", "Figure", "draw_all"]

FIGURES = {
    "learning_curves": ("Training", "Learning curves of the winner"),
    "search": ("Search", "Every trial of the search"),
    "expected_best": ("Search", "What more trials would bring"),
    "gap": ("Evaluation", "The gap over seeds"),
    "errors": ("Evaluation", "The errors on test rows"),
    "weights": ("Evaluation", "What the first layer looks for"),
    "layers": ("Training", "How the layers learn"),
}
"""By name, in the order of the page: the part of the study that the figure is of, and its heading."""


def draw_all(study: StudyFiles, out: Path) -> list[Figure]:
    """Draw every figure of a study into the folder `out`, as `<name>.svg`.

    A figure that does not apply (no search, no images) is drawn as a small note that says why.
    """
    # The planner asks for the names, and need not wait for matplotlib.
    from mindgap.report.drawing import confusion, residuals, style
    from mindgap.report.figures.evaluation import gap, weights
    from mindgap.report.figures.search import expected_best, search
    from mindgap.report.figures.training import layers, learning_curves

    drawn = {
        "learning_curves": learning_curves.draw,
        "search": search.draw,
        "expected_best": expected_best.draw,
        "gap": gap.draw,
        "errors": confusion.draw if study.task == "classification" else residuals.draw,
        "weights": weights.draw,
        "layers": layers.draw,
    }
    out.mkdir(parents=True, exist_ok=True)
    figures = []
    with style.applied():
        for name, (_, title) in FIGURES.items():
            drawing = drawn[name](study)
            path = out / f"{name}.svg"
            path.write_text(style.svg(drawing.canvas), encoding="utf-8")
            figures.append(Figure(name, title, drawing.caption, path, drawing.applies))
    return figures
