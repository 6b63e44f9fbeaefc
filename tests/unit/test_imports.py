"""Start-up counts: who imports what."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mindgap

ROOT = Path(next(iter(mindgap.__path__)))
HEAVY = ("sklearn", "mlflow", "optuna", "matplotlib", "pandas", "pyarrow", "scipy")


@pytest.mark.parametrize(
    "module",
    [
        "mindgap.stages.runs",
        "mindgap.stages.train",
        "mindgap.stages.check",
        "mindgap.jobs.adapter",
        "mindgap.jobs.session",
    ],
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


def test_tracking_alone_imports_mlflow_and_only_one_sampler_and_tracking_import_optuna():
    assert importers("mlflow") == {"tracking"}
    assert importers("optuna") == {"search", "tracking"}


ROOMS = (
    ("errors", "words", "dotted", "streams"),
    ("registry",),
    ("nn",),
    ("graph",),
    ("metrics",),
    ("tasks",),
    ("store",),
    ("params",),
    ("results",),
    ("data",),
    ("training",),
    ("search", "models", "intervals"),
    ("sklearn",),
    ("claims",),
    ("stages",),
    ("report", "tracking"),
    ("jobs",),
    ("cli",),
)
"""The rooms of the package; each may import from those above it alone."""


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= (
                {f"mindgap.{alias.name}" for alias in node.names} if node.module == "mindgap" else {str(node.module)}
            )
    return {name for name in found if name.startswith("mindgap.")}


def test_imports_run_downwards_only():
    level = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}
    assert set(level) == {path.stem for path in ROOT.glob("[!_]*") if path.suffix == ".py" or any(path.glob("*.py"))}
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for module in imported(path):
            other = module.split(".")[1]
            assert room == other or level[other] < level[room], f"{path.relative_to(ROOT)} imports {module}"


def test_no_modules_import_each_other_in_a_circle():
    names = {path: ".".join(("mindgap", *path.relative_to(ROOT).with_suffix("").parts)) for path in ROOT.rglob("*.py")}
    needs = {name.removesuffix(".__init__"): imported(path) for path, name in names.items()}
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the circle


def test_networks_know_nothing_but_numpy_and_the_oracle_nothing_of_networks():
    for path in (ROOT / "nn").rglob("*.py"):
        assert all(name.startswith(("mindgap.nn", "mindgap.registry")) for name in imported(path)), path
    for path in (ROOT / "graph").rglob("*.py"):
        assert all(name.startswith("mindgap.graph") for name in imported(path)), path
    assert not any(room.startswith(("nn", "graph")) for name in (*HEAVY, "pydantic") for room in importers(name))


def test_a_stage_has_a_file_of_its_name():
    adapters = {path.stem for path in (ROOT.parents[1] / "workflow/scripts").glob("*.py")} - {
        "report",
        "track",
        "track_stages",
        "track_claims",
        "claims",
    }
    assert adapters <= {path.stem for path in (ROOT / "stages").glob("*.py")}


def test_adapters_have_at_most_25_lines():
    for path in (ROOT.parents[1] / "workflow/scripts").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 25, path
