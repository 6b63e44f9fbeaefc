"""The workflow's own beginning: its command line, and what begins beside the plan."""

import sys
from pathlib import Path

import pytest
import yaml

from mindgap.jobs import session
from mindgap.jobs.session import Command, Session, command
from tests.driver import ROOT, SCRIPTS

FORKS = Command(forks=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("snakemake --cores 2", FORKS),
        ("snakemake --cores 2 --configfile params/table.yaml", FORKS),
        ("snakemake --cores 2 search --dry-run", Command(["search"], True, True)),
        ("snakemake --cores 2 --executor local", Command()),
        ("snakemake --workflow-profile slurm", FORKS),
        ("snakemake --lint", Command()),
        ("pytest tests", Command()),
    ],
)
def test_the_command_line_is_read(line, expected, monkeypatch):
    monkeypatch.setattr(sys, "argv", line.split())
    targets, *rest = command()
    assert ([*targets], *rest) == ([*expected.targets], *expected[1:])


def begun(monkeypatch: pytest.MonkeyPatch, asked: Command, temporary: Path | None = Path("own")) -> list[str]:
    """The kinds of processes that a session of the digits begins before its plan is made."""
    found: list[str] = []
    monkeypatch.setattr(session, "forks", lambda kind, folder: found.append(f"{folder}/{kind}"))
    Session(yaml.safe_load((ROOT / "params/study.yaml").read_text()), [], SCRIPTS, asked, True, temporary)
    return found


def test_processes_begin_beside_the_first_plan_of_a_whole_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(begun(monkeypatch, FORKS)) == {"own/slow", "own/stages"}


def test_processes_begin_after_the_plan_where_only_that_says_what_is_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/digits").mkdir(parents=True)
    (tmp_path / "results/digits/keys.json").write_text("{}")
    assert begun(monkeypatch, FORKS) == ["own/slow", "own/stages"]
    made = Session(yaml.safe_load((ROOT / "params/study.yaml").read_text()), [], SCRIPTS)
    current = Path(made.current)
    current.parent.mkdir()
    current.touch()
    assert begun(monkeypatch, FORKS) == []


@pytest.mark.parametrize("asked", [Command(), Command(["search"], forks=True), Command(dry=True, forks=True)])
def test_no_process_begins_that_may_not_be_needed(tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    assert begun(monkeypatch, asked) == []
    assert begun(monkeypatch, FORKS, None) == []
