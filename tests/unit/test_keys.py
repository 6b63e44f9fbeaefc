"""Keys follow what determines a result, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import mindgap.store.keys
from mindgap.jobs.study import Plan
from mindgap.params.load import load_study
from mindgap.store.keys import canonical, fingerprint, key_of

ROOT = Path(__file__).parents[2]
BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())


def plan(change=None) -> Plan:
    config = json.loads(json.dumps(BASE))
    for path, value in (change or {}).items():
        *blocks, name = path.split(".")
        inner = config
        for block in blocks:
            inner = inner[block]
        inner[name] = value
    return Plan(load_study(config), ROOT / "workflow/scripts", Path("results"))


@given(st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_equal_values_have_equal_keys_in_any_order(value):
    assert key_of(value) == key_of(dict(reversed(value.items())))


def test_canonical_json_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_swapping_the_values_of_two_params_changes_the_keys():
    one = plan({"train.momentum": 0.1, "train.dropout": 0.2}).keys
    other = plan({"train.momentum": 0.2, "train.dropout": 0.1}).keys
    assert one["prepare"] == other["prepare"]
    assert all(one[name] != other[name] for name in ("search.coarse", "search.fine", "train", "evaluate"))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"report.title": "x"}, {"prepare", "check", "baselines", "search.coarse", "search.fine", "train", "evaluate"}),
        (
            {"workflow.shard_size": 3},
            {"prepare", "check", "baselines", "search.coarse", "search.fine", "train", "evaluate"},
        ),
        ({"study": "other"}, {"prepare", "check", "baselines", "search.coarse", "search.fine", "train", "evaluate"}),
        ({"final.seeds": 6}, {"prepare", "check", "baselines", "search.coarse", "search.fine"}),
        ({"search.levels.fine.epochs": 31}, {"prepare", "check", "baselines", "search.coarse"}),
        ({"search.levels.coarse.trials": 65}, {"prepare", "check", "baselines"}),
        ({"train.batch_size": 16}, {"prepare", "check", "baselines"}),
        ({"train.epochs": 80}, {"prepare", "check", "baselines", "search.coarse", "search.fine"}),
        (
            {"train.learning_rate": 0.01, "train.momentum": 0.9},
            {"prepare", "check", "baselines", "search.coarse", "search.fine", "train", "evaluate"},
        ),
        ({"preprocess.scale": "none"}, set()),
        ({"seed": 1}, set()),
    ],
)
def test_a_param_changes_the_keys_of_what_it_determines(change, same):
    before, after = plan().keys, plan({"workflow": {}, "report": {}, **change}).keys
    assert {name for name in before if before[name] == after[name]} == same


def test_more_trials_keep_the_shards_that_are_there():
    few, many = plan(), plan({"search.levels.coarse.trials": 96})
    coarse = [{key for stage, key in made.steps if stage == "trials"} for made in (few, many)]
    first = [step for (stage, _), step in few.steps.items() if stage == "trials" and step.name == "trials.coarse"]
    assert {step.job.key for step in first} <= coarse[1]


def test_a_study_without_search_goes_from_check_to_train():
    config = {**BASE, "search": None}
    stages = {stage for stage, _ in Plan(load_study(config), ROOT / "workflow/scripts", Path("results")).steps}
    assert stages == {"prepare", "check", "runs", "train", "baselines", "evaluate"}


def test_keys_are_the_same_in_another_process_with_another_hash_seed():
    code = (
        "import yaml; from pathlib import Path; from mindgap.params.load import load_study; from mindgap.jobs.study import Plan;"
        "print(Plan(load_study(yaml.safe_load(open('params/study.yaml'))), Path('workflow/scripts'), Path('r')).keys)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == str(plan().keys)


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The package and its adapters, in a place where they may be edited."""
    package, scripts = tmp_path / "mindgap", tmp_path / "scripts"
    shutil.copytree(ROOT / "src/mindgap", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "workflow/scripts", scripts)
    monkeypatch.setattr(mindgap.store.keys, "PACKAGE", package)

    def prints() -> dict[str, str]:
        mindgap.store.keys._read.cache_clear()
        mindgap.store.keys._files.cache_clear()
        return {path.stem: fingerprint([path]) for path in scripts.glob("*.py")}

    yield package, prints
    mindgap.store.keys._read.cache_clear()
    mindgap.store.keys._files.cache_clear()


@pytest.mark.parametrize(
    ("module", "stages"),
    [
        ("training/step.py", {"check", "trials", "runs", "train"}),
        ("training/member.py", {"check", "trials", "runs", "train"}),
        ("stages/search/narrow.py", {"search"}),
        ("stages/check.py", {"check"}),
        ("stages/baselines.py", {"baselines"}),
        ("stages/evaluate.py", {"evaluate"}),
    ],
)
def test_editing_a_module_changes_the_code_of_the_stages_that_import_it(copy, module, stages):
    package, prints = copy
    before = prints()
    (package / module).write_text((package / module).read_text() + "\nEXTRA = 1\n")
    after = prints()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == stages


def test_editing_comments_docstrings_and_layout_changes_no_code(copy):
    package, prints = copy
    before = prints()
    for path in package.rglob("*.py"):
        text = path.read_text()
        path.write_text("# a comment\n" + text.replace('"""', '"""Edited. ', 1) + "\n\n\n# another\n")
        os.utime(path)
    assert prints() == before


def test_editing_a_template_changes_the_code_of_the_report(copy):
    package, prints = copy
    before = prints()
    template = min((package / "report/templates").iterdir())
    template.write_text(template.read_text() + "<!-- x -->")
    changed = {name for name, code in prints().items() if code != before[name]}
    assert changed == {"report"}
