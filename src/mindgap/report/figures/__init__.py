"""The figures of a study, one a file in the folder of the part of the study that it is of.

A new figure is one file here, with `TITLE` and `draw` (see `mindgap.report.drawing.draw`), and one line of the page's
template where it stands.
"""

from typing import Any

from mindgap.registry import Registry

FIGURES: dict[str, Registry[Any]] = {
    section: Registry(f"{__name__}.{section}", suffix=None) for section in ("training", "search", "evaluation")
}
"""By section, the figures by name; listing them does not import what draws."""
