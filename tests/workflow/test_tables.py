"""Fifteen tables as users have them, through Snakemake: each has its page, and the page says what there is to say.

Three of them are run by `make test`, all others by `make test-tables`.
"""

import html
import json
import re
from pathlib import Path

import pytest

from tests.tables import NAMES, params_of, write_table
from tests.workflow.checkout import SMALL, Checkout, merged

SAID = {
    "affairs": ["2 classes, 8 features", "rows in the test split also stand in the training split"],
    "breast_cancer": ["2 classes, 30 features, 569 rows", "Test accuracy"],
    "cars": ["Miles_per_Gallon from 11 features", "left out: nearly each row has its own text", "Test RMSE"],
    "diabetes": ["from 10 features, 442 rows", "Test RMSE"],
    "digits": ["10 classes, 64 features", "Test accuracy"],
    "fraud": [
        "Test average precision",
        "Majority class 1.00 %",
        "logarithms",
        "means of the target",
    ],
    "iris": ["3 classes, 4 features, 150 rows", "Column 'petal length' gives the target away"],
    "machines": [
        "Column 'repair_cost' gives the target away",
        "Column 'number' numbers the rows",
        "left out: constant on the training rows",
        "left out: equal to 'heat' on the training rows",
    ],
    "penguins": ["body_mass_g from 14 features, 342 rows", "Test RMSE"],
    "sales": [
        "split by sold : the first are for training",
        "The test split has other rows than the training split",
        "'offers'",
        "means of the target",
    ],
    "signs": ["29 classes, 20 features, 2 320 rows", "Test accuracy"],
    "travel": [
        "Test balanced accuracy",
        "Classes are unequal, the largest having 3 times the training rows of the smallest",
        "Rows of one individual never stand in two splits",
    ],
    "visits": ["Rows of one patient never stand in two splits", "places in the order"],
    "weather": ["3 classes, 3 features", "split by date : the first are for training"],
    "wine": ["3 classes, 13 features, 178 rows", "Test accuracy"],
}
"""What a page must say of its table: what leads, how rows are split, what became of columns, what to doubt."""

ALWAYS = {"fraud", "machines", "visits"}
"""Those that need no package of the extra `tables`, and have the most to say."""


def said(page: Path) -> str:
    """A page's words, without figures and marks."""
    text = re.sub(r"<(svg|style|script).*?</\1>", "", page.read_text(), flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_each_table_has_something_to_say():
    assert set(SAID) == set(NAMES)
    assert len(NAMES) == 15


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.tables) for name in NAMES]
)
def test_a_table_has_its_page(name: str, tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, merged(SMALL, params_of(name)))
    write_table(name, tmp_path)
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert outcome.jobs["track"]
    results = tmp_path / "results"
    page = said(results / checkout.params["study"] / "report.html")
    assert [text for text in SAID[name] if text not in page] == []
    summary = json.loads((results / checkout.params["study"] / "summary.json").read_text())
    assert set(summary["final"]["metrics"]) == {"train", "val", "test"}
    (ledger,) = (results / "ledger").glob("*.jsonl")
    assert len(ledger.read_text().splitlines()) == 1
