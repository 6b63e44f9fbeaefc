"""Start-up counts: who imports what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mindgap

ROOT = Path(next(iter(mindgap.__path__)))
HEAVY = ("sklearn", "mlflow", "optuna", "matplotlib", "pandas", "scipy")


@pytest.mark.parametrize(
    "module", ["mindgap.stages.train", "mindgap.stages.check", "mindgap.jobs.adapter", "mindgap.jobs.session"]
)
def test_jobs_that_only_train_and_the_planner_import_nothing_heavy(module):
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def importers(library: str) -> set[str]:
    """The package's parts that import a library."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == library for name in names):
                found.add("/".join(path.relative_to(ROOT).parts[:-1]))
    return found


def test_tracking_alone_imports_mlflow_and_search_alone_imports_optuna():
    assert importers("mlflow") == {"tracking"}
    assert importers("optuna") == {"search"}


def test_networks_know_nothing_but_numpy():
    for path in (ROOT / "nn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("mindgap"):
                assert node.module.startswith(("mindgap.nn", "mindgap.registry")), path
    assert not any(room.startswith("nn") for name in HEAVY for room in importers(name))


def test_adapters_have_at_most_25_lines():
    for path in (ROOT.parents[1] / "workflow/scripts").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 25, path
