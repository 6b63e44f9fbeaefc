"""The workflow's own beginning: its command line, and what begins beside the plan."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from mindgap.errors import UserError
from mindgap.jobs import session
from mindgap.jobs.session import Command, Session, command
from tests.driver import ROOT, SCRIPTS

PLAIN = Command(plain=True)
STUDY = yaml.safe_load((ROOT / "params/study.yaml").read_text())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("snakemake --cores 2", PLAIN),
        ("snakemake -j 2", PLAIN),
        ("snakemake --cores 2 --configfile params/table.yaml churn.yaml", PLAIN),
        ("snakemake --cores=2 --config study=other", PLAIN),
        ("snakemake --cores 2 search", Command(["search"])),
        ("snakemake --cores 2 --dry-run", Command(dry=True)),
        ("snakemake --cores 2 --executor local", Command()),
        ("snakemake --cores 2 --workflow-profile none", Command()),
        ("snakemake --cores 2 --sdm apptainer", Command()),
        ("snakemake --cores 2 --touch", Command()),
        ("snakemake --workflow-profile slurm", Command()),
        ("snakemake --lint", Command()),
        ("pytest tests", Command()),
    ],
)
def test_the_command_line_is_read(line, expected, monkeypatch):
    monkeypatch.setattr(sys, "argv", line.split())
    assert command() == expected._replace(targets=[*expected.targets] if "snakemake" in line else ())


@pytest.fixture
def processes(tmp_path, monkeypatch) -> list[str]:
    """The processes that begin in a folder, which become none."""
    monkeypatch.chdir(tmp_path)
    begun: list[str] = []
    monkeypatch.setattr(session, "begun", lambda kind, folder: begun.append(f"{folder}/{kind}"))
    return begun


def test_processes_begin_before_the_first_plan_of_a_study_is_made(processes, monkeypatch):
    def plan(*_: object) -> None:
        assert processes == ["own/tracked", "own/stages"]
        raise UserError("seen")

    monkeypatch.setattr(session, "add_study", plan)
    with pytest.raises(SystemExit, match="seen"):
        Session(STUDY, [], SCRIPTS, PLAIN, True, Path("own"))


def test_processes_begin_after_the_plan_where_only_that_says_what_is_to_do(processes):
    view = Path("results/digits")
    view.mkdir(parents=True)
    (view / "keys.json").write_text("{}")
    made = Session(STUDY, [], SCRIPTS, PLAIN, True, Path("own"))
    assert processes == ["own/tracked", "own/stages"]
    processes.clear()
    current = Path(made.current)
    current.parent.mkdir()
    current.touch()
    Session(STUDY, [], SCRIPTS, PLAIN, True, Path("own"))
    assert processes == []


@pytest.mark.parametrize("asked", [Command(), Command(["search"]), Command(dry=True)])
def test_no_process_begins_that_may_not_be_needed(processes, asked):
    Session(STUDY, [], SCRIPTS, asked, True, Path("own"))
    Session(STUDY, [], SCRIPTS, PLAIN, False)
    assert processes == []


def test_a_question_of_ones_own_begins_no_processes_for_the_study_beside_it(processes, monkeypatch):
    monkeypatch.chdir(ROOT)  # where the tasks are
    monkeypatch.setattr(session, "RESULTS", Path("no results"))
    files = [str(ROOT / "params" / name) for name in ("study.yaml", "claims/S04_log_scale.yaml")]
    question = yaml.safe_load(Path(files[-1]).read_text())
    made = Session(STUDY | question, files, SCRIPTS, PLAIN, True, Path("own"))
    assert made.claims is not None
    assert made.claims.is_question
    assert processes == []


def test_no_rule_has_params_that_snakemake_would_compare():
    """Those that follow from the output it does not; for all others it imports pandas amid the first study."""
    rules = "\n".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
    params = re.findall(r"^ +params:\n((?: +\w+=.*\n)+)", rules, re.M)
    values = re.findall(r"=(.*),$", "".join(params), re.M)
    assert len(params) == len(re.findall(r"^ +params:", rules, re.M)) > 10
    assert {*values} >= {"job", "view"}
    for value in {*values} - {"job", "view"}:
        assert value.startswith("lambda wildcards, output: ")
    for name in ("job", "view"):
        assert f"def {name}(wildcards, output):" in rules
