"""The figures of a study, as SVG files whose bytes depend on nothing but the study."""

from collections.abc import Callable
from pathlib import Path

from mindgap.figures import confusion, expected_best, gap, layers, learning_curves, search, style, weights
from mindgap.figures.figure import Figure
from mindgap.study_files import StudyFiles

__all__ = ["Figure", "draw_all"]

FIGURES: dict[str, tuple[str, Callable[[StudyFiles], style.Drawing]]] = {
    "learning_curves": ("Learning curves of the winner", learning_curves.draw),
    "search": ("Every trial of the search", search.draw),
    "expected_best": ("What more trials would bring", expected_best.draw),
    "gap": ("The gap over seeds", gap.draw),
    "confusion": ("What is taken for what", confusion.draw),
    "weights": ("What the first layer looks for", weights.draw),
    "layers": ("How the layers learn", layers.draw),
}


def draw_all(study: StudyFiles, out: Path) -> list[Figure]:
    """Draw every figure of a study into the folder `out`, as `<name>.svg`.

    A figure that does not apply (no search, no images) is drawn as a small note that says why.
    """
    out.mkdir(parents=True, exist_ok=True)
    figures = []
    with style.applied():
        for name, (title, draw) in FIGURES.items():
            drawing = draw(study)
            path = out / f"{name}.svg"
            path.write_text(style.svg(drawing.canvas), encoding="utf-8")
            figures.append(Figure(name, title, drawing.caption, path, drawing.applies))
    return figures
