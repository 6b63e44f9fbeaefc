"""Fifteen tables as users have them, ten real and five made, each with a params file of a few lines beside this one.

What packages bundle is read from them and not copied: scikit-learn (BSD-3), and those of the extra `tables`:
palmerpenguins (data CC0, Horst et al. 2020), statsmodels (BSD-3; its tables are in the public domain) and vega_datasets
(MIT). The others are drawn with a seed.
"""

from pathlib import Path
from typing import Any

import yaml

from tests.tables.bundled import BUNDLED
from tests.tables.made import MADE

FOLDER = Path(__file__).parent

NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def params_of(name: str) -> dict[str, Any]:
    """A table's own params, to be laid over a base."""
    params: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return params


def write_table(name: str, folder: Path) -> None:
    """Write the file that the table's params name into a folder; a source of mindgap's own has none."""
    path = params_of(name)["data"].get("path")
    if path is None:
        return
    frame = {**BUNDLED, **MADE}[name]()
    if path.endswith(".parquet"):
        frame.to_parquet(folder / path, index=False)
    else:
        frame.to_csv(folder / path, index=False)
