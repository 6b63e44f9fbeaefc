"""A job's fingerprint holds the code that can change its bytes, and no other: shown by edits of a copy."""

import ast
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

from mindgap.jobs.claims import add_claim
from mindgap.jobs.study import StudyJobs
from mindgap.params.claim import Claim
from mindgap.store.fingerprint import PACKAGE, REPORTING, fingerprint, package_digest, reached, read, silent
from tests.driver import OTHER, ROOT, SMALL, add_small, small_study
from tests.unit.test_claims import CODES, TINY

STAGES = ("prepare", "check", "trials", "search", "runs", "train", "baselines", "evaluate")
COMPONENTS = (
    "activations",
    "initializers",
    "losses",
    "metrics",
    "normalizations",
    "optimizers",
    "poolings",
    "schedules",
)
HOSTILE = Path(__file__).parent / "hostile"
NAMES = ("prepare", "check", "search.coarse", "search.fine", "train", "baselines", "evaluate")

# Plans the default study of the package on the path, once for each of the edits on standard input, and prints the keys.
STUDY = """
from mindgap.jobs.study import add_study
from mindgap.params.load import load_study
study = load_study(yaml.safe_load(open("params/study.yaml")))
def keys():
    return add_study(Graph(Path("results"), scripts), study).keys
"""

TUNE = {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 2, "epochs": 1}

# Plans three small claims, and prints the code of their jobs.
CLAIMS = """
from mindgap.jobs.claims import add_claim
from mindgap.params.claim import Claim
from tests.unit.test_claims import CODES, TINY
def keys():
    graph = Graph(Path("nowhere"), scripts)
    jobs = [add_claim(graph, Claim.model_validate({**TINY, **own}), 0) for own in CODES]
    return {f"{own.claim.claim} {job.stage}": job.code for own in jobs for job in (own.judge, *own.arms.popitem()[1])}
"""

PLANNER = """
import json, sys, yaml
from pathlib import Path
from mindgap.jobs.graph import Graph
scripts = Path("workflow/scripts").resolve()
exec(sys.argv[1])
found = [keys()]
for edits in json.load(sys.stdin):
    before = {name: Path(name).read_bytes() if Path(name).is_file() else None for name in edits}
    for name, text in edits.items():
        Path(name).write_text(text)
    found.append(keys())
    for name, content in before.items():
        Path(name).write_bytes(content) if content is not None else Path(name).unlink()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The package, in a place where it may be edited."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "mindgap", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(copy: Path, *arguments: str, text: str = "") -> str:
    """Run Python on the copy in place of the package."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{copy}:{ROOT}"},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def changed(copy: Path, *edits: dict[str, str], plan: str = STUDY) -> list[set[str]]:
    """For each of several edits (texts by module) the stages whose keys it changes."""
    given = [{str(copy / "mindgap" / name): text for name, text in edit.items()} for edit in edits]
    before, *after = json.loads(run(copy, "-c", PLANNER, plan, text=json.dumps(given)))
    return [{name for name in before if before[name] != found[name]} for found in after]


def edited(name: str, *pairs: tuple[str, str]) -> dict[str, str]:
    """A module with some of its text replaced, which must be there."""
    text = (PACKAGE / name).read_text()
    for old, new in pairs:
        assert old in text, (name, old)
        text = text.replace(old, new)
    return {name: text}


def declared() -> list[tuple[str, set[str]]]:
    """The table of docs/keys.md: pattern and stages, in its order."""
    rows = re.findall(r"^\| (`.*?) \| ([a-z ]+) \|", (ROOT / "docs/keys.md").read_text(), re.M)
    return [(pattern, set(stages.split()) - {"none"}) for cell, stages in rows for pattern in _patterns(cell)]


def _patterns(cell: str) -> Iterable[str]:
    """Each of the patterns of a cell, with its {a,b} spelled out."""
    for pattern in re.findall(r"`(.*?)`", cell):
        parts = [part.strip("{}").split(",") for part in re.split(r"(\{.*?\})", pattern)]
        yield from ("".join(chosen) for chosen in product(*parts))


def follows(stages: set[str], jobs: StudyJobs) -> set[str]:
    """The names whose keys change where the code of some stages does: theirs, and of what reads them."""
    found: set[str] = set()
    for name, job in jobs.named.items():
        sources = {source for source, other in jobs.named.items() if other.address in job.inputs.values()}
        if job.stage in stages or sources & found:
            found.add(name)
    return found


def test_each_module_changes_the_keys_that_the_table_declares(copy, tmp_path):
    modules = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    edits = [{name: (PACKAGE / name).read_text() + "\nEDITED = 1\n"} for name in modules]
    _, jobs = small_study(tmp_path)
    table, unused = declared(), {pattern for pattern, _ in declared()}
    wrong = []
    for name, found in zip(modules, changed(copy, *edits), strict=True):
        pattern, stages = next(((p, s) for p, s in table if fnmatch(name, p)), ("", {"no row"}))
        unused.discard(pattern)
        if found != follows(stages, jobs):
            wrong.append(f"{name}: {sorted(found)}, declared by {pattern!r}: {sorted(stages)}")
    assert wrong == []
    assert unused == set()


SILENT = {
    "a comment": edited("training/step.py", ("class Stepper:", "# A comment.\nclass Stepper:")),
    "a docstring": edited("training/step.py", ('"""Steps a population;', '"""Makes steps;')),
    "a message": edited("stages/train.py", ("final: every candidate diverged", "final: no candidate is left")),
    "a param's description": edited("params/run.py", ('description="Step size."', 'description="How far."')),
    "a gate's question": edited("stages/gates/penalty.py", ("Does regularisation raise", "Does a penalty raise")),
    "a gate's explanation": edited("stages/gates/penalty.py", ("both near the first weights", "near the start")),
    "a metric's name": edited("metrics/accuracy.py", ('"accuracy (%)"', '"right (%)"')),
    "a task's words": edited("tasks.py", ('"Majority class"', '"Commonest class"')),
    "progress": edited("training/progress.py", ("networks training", "networks at work")),
    "a git field": edited("store/machine.py", ('"rev-parse", "HEAD"', '"describe", "--always"')),
    "a figure's caption": edited("report/figures/training/layers.py", ("Means over the seeds", "Means of the seeds")),
    "a figure's heading": edited("report/figures/training/layers.py", ("How the layers learn", "Layers")),
    "the verdict": edited("stages/verdict.py", ("GAP, LARGE_GAP = 0.01, 0.05", "GAP, LARGE_GAP = 0.02, 0.05")),
    "a new activation": {"nn/activations/mish.py": '"""Mish."""\n\n\nclass Mish:\n    """f."""\n'},
    "a new metric of regressions": {
        "metrics/max_error.py": '"""The largest error."""\n\n\nclass MaxError:\n    tasks = ("regression",)\n'
        "    place, thorough = 9, False\n"
    },
}


def test_what_only_reports_changes_no_key(copy):
    found = dict(zip(SILENT, changed(copy, *SILENT.values()), strict=True))
    assert {name: keys for name, keys in found.items() if keys} == {}


def test_an_edited_component_changes_the_keys_of_those_that_name_it(copy):
    relu = edited("nn/activations/relu.py", ("np.greater(x, 0", "np.greater_equal(x, 0"))
    tanh = edited("nn/activations/tanh.py", ("0.99", "0.98"))
    assert changed(copy, relu, tanh) == [set(NAMES) - {"prepare", "baselines"}, set()]


# The module that is edited, how, and which code changes: of the claims about accuracy and loss, and of that about
# sets that are drawn alike.
CLAIMED = {
    "what is better": (
        edited("metrics/accuracy.py", ("larger_is_better = True", "larger_is_better = False")),
        {"ACC judge", "ACC arm", "LOSS arm"},
    ),
    "a metric of both tasks": (
        edited("metrics/loss.py", ("place = 16", "place = 19")),
        {"LOSS judge", "ACC arm", "LOSS arm", "SETS arm_simulation"},
    ),
    "a metric of regressions": (
        edited("metrics/mae.py", ("place = 12", "place = 9")),
        {"SETS arm_simulation"},
    ),
    "a measure": (
        edited("claims/measures/best.py", ("worst = inf", "worst = 2 * inf")),
        {"ACC judge", "LOSS judge"},
    ),
    "a measure that only a picture has": (
        edited("claims/measures/gap.py", ("float(train - val)", "float(val - train)")),
        set(),
    ),
    "a measure's title": (edited("claims/measures/best.py", ('f"best {', 'f"the best {')), set()),
    "a component of a simulation": (
        edited("nn/initializers/xavier.py", ("2 / (", "3 / (")),
        {"SETS arm_simulation"},
    ),
}


def test_the_code_of_claims_is_what_can_change_their_results(copy):
    found = changed(copy, *(edit for edit, _ in CLAIMED.values()), plan=CLAIMS)
    assert dict(zip(CLAIMED, found, strict=True)) == {name: stages for name, (_, stages) in CLAIMED.items()}


SPEAKING = {
    "a marker of another origin": ("def words(x):\n    return x\n\nA = words(0)\n", "words(0)", "words(0.5)"),
    "a marker that is bound again": (
        "from mindgap.words import words\nwords = float\nA = words(0)\n",
        "words(0)",
        "words(0.5)",
    ),
    "a field that is no param's": (
        "from dataclasses import field as Field\nA = Field(description=0)\n",
        "description=0",
        "description=1",
    ),
    "a number that is raised": ("def f():\n    raise LookupError(0)\n", "LookupError(0)", "LookupError(1)"),
    "a function that makes no text": (
        "from mindgap.words import words\n\n@words\ndef f() -> float:\n    return 0.0\n",
        "0.0",
        "1.0",
    ),
}


@pytest.mark.parametrize("name", SPEAKING)
def test_what_only_looks_like_words_counts(name, tmp_path):
    code, old, new = SPEAKING[name]
    prints = []
    for text in (code, code.replace(old, new)):
        (tmp_path / "adapter.py").write_text(text)
        prints.append(fingerprint([tmp_path / "adapter.py"]))
    assert code.replace(old, new) != code
    assert prints[0] != prints[1]


def test_the_package_imports_absolutely_and_reads_no_file_beside_its_code():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
        reads = "__file__" in path.read_text()
        assert not reads or path.relative_to(PACKAGE).parts[0] in ("report", "store", "tracking"), path


def test_no_code_looks_a_component_up_by_a_literal_name():
    for path in PACKAGE.rglob("*.py"):
        assert not re.search(r"\b[A-Z]{5,}\[[\"']", path.read_text()), path


def test_pages_are_made_again_when_a_word_of_the_package_changes_or_a_template(copy, monkeypatch):
    before = package_digest()
    monkeypatch.setattr("mindgap.store.fingerprint.PACKAGE", copy / "mindgap")
    assert package_digest() == before
    for name in ("tasks.py", "report/templates/report.html.jinja"):
        path = copy / "mindgap" / name
        text = path.read_text()
        path.write_text(f"{text}\n# One more.\n")
        assert package_digest() != before, name
        path.write_text(text)


class _Scrambler(ast.NodeTransformer):
    """Makes nonsense of all that a fingerprint leaves out and that is not marked by `words`."""

    def visit_Raise(self, node):
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part.value = f"nonsense {part.value}"
        return node

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id == "Field":
            for keyword in node.keywords:
                if keyword.arg == "description":
                    keyword.value = ast.Constant("nonsense")
        return self.generic_visit(node)

    def visit_Expr(self, node):
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Expr(ast.Constant("nonsense")) if text else self.generic_visit(node)


def test_no_text_for_people_is_left_in_the_code_of_a_stage():
    """Sentences stand in what is raised, in `words(...)`, or in modules that only report."""
    left = []
    stages = [ROOT / f"workflow/scripts/{name}.py" for name in STAGES]
    components = [path for path in PACKAGE.rglob("[!_]*.py") if path.parent.name in {*COMPONENTS, "sources", "gates"}]
    for path in reached([*stages, *components]):
        for node in ast.walk(silent(ast.parse(path.read_text()))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if "://" not in text and len(re.findall(r"[a-z]{2,}(?=[ ,.:])", text)) >= 3:
                left.append(f"{path.relative_to(PACKAGE)}: {text}")
    assert left == []


def files(results: Path) -> dict[str, dict[str, str]]:
    """The digests of all files of all results but the manifests, by stage and key."""
    found = sorted((results / "store").glob("*/*/manifest.json"))
    return {f"{path.parent.parent.name}/{path.parent.name}": json.loads(path.read_text())["files"] for path in found}


def test_what_fingerprints_leave_out_cannot_reach_a_result(tmp_path):
    hostile = {Path(name).name: name for name in REPORTING}
    assert {path.name for path in HOSTILE.glob("*.py")} == set(hostile)
    copy = tmp_path / "copy"
    shutil.copytree(PACKAGE, copy / "mindgap", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (copy / "mindgap").rglob("*.py"):
        path.write_text(ast.unparse(_Scrambler().visit(ast.parse(path.read_text()))))
    for name, place in hostile.items():
        shutil.copy(HOSTILE / name, copy / "mindgap" / place)
    run(PACKAGE.parent, "-m", "tests.driver", str(tmp_path / "real"))
    run(copy, "-m", "tests.driver", str(tmp_path / "scrambled"))
    real, scrambled = files(tmp_path / "real"), files(tmp_path / "scrambled")
    assert len(real) == 12 + 6
    assert scrambled == real  # the same bytes at the same keys


def test_a_job_imports_no_code_outside_of_its_fingerprint(tmp_path):
    graph, _ = small_study(tmp_path, {**SMALL, "model": {"hidden": [8], "activation": "tanh"}, "search": None})
    add_small(graph, OTHER)
    for own in (*CODES, {**TINY, "tune": TUNE, "base": {"train": {"dropout": 0.5}, "probes": {"monte_carlo": {}}}}):
        add_claim(graph, Claim.model_validate({**TINY, "replicates": 2, **own}), 0)
    outside = _around()
    for job in graph.jobs.values():
        code = (
            "import sys; from types import SimpleNamespace\n"
            "import pickle; snakemake = pickle.loads(bytes.fromhex(sys.stdin.read()))\n"
            f"exec(compile(open({str(ROOT / 'workflow/scripts' / (job.stage + '.py'))!r}).read(), 'adapter', 'exec'))\n"
            "print(*(module.__file__ for name, module in sys.modules.items() if name.split('.')[0] == 'mindgap'))"
        )
        snakemake = SimpleNamespace(
            params=SimpleNamespace(job=job),
            output=[str(graph.manifest(job.address))],
            log=[str(tmp_path / "logs" / f"{job.key}.log")],
        )
        found = {Path(name) for name in run(PACKAGE.parent, "-c", code, text=pickle.dumps(snakemake).hex()).split()}
        extra = {path.relative_to(PACKAGE).as_posix() for path in found - set(reached(job.entries)) - outside}
        # Whether a metric is of this task, only its file says; that of another is asked nothing else.
        measures = job.stage != "judge"
        assert {name for name in extra if not (measures and name.startswith("metrics/"))} == set(), job.stage


def _around() -> set[Path]:
    """The modules that only report, the job itself, and what these import."""
    found, waiting = set(), [PACKAGE / name for name in (*REPORTING, "store/job.py")]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(read(path).imports)
    return found
