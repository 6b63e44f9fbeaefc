"""A job of the workflow ends in a published result, or in one message."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mindgap.errors import UserError
from mindgap.jobs.adapter import perform
from mindgap.store.fingerprint import fingerprint
from mindgap.store.job import Address, Job
from mindgap.store.store import corrupt
from mindgap.store.work import Work
from mindgap.training.progress import Progress, part


@pytest.fixture
def snakemake(tmp_path):
    """What Snakemake gives an adapter, for a job whose code is one small script."""
    script = tmp_path / "script.py"
    script.write_text("x = 1\n")
    data = {"data": Address("prepare", "0" * 16)}
    job = Job("train", {"slice": [0, 3]}, fingerprint([script]), data, entries=(script,))
    return SimpleNamespace(
        params=SimpleNamespace(job=job),
        output=[str(tmp_path / "store/train" / job.key / "manifest.json")],
        log=[str(tmp_path / "logs/train.log")],
    )


def published(snakemake) -> bool:
    return Path(snakemake.output[0]).is_file()


def test_a_job_is_given_its_folders_and_its_result_is_published(snakemake, tmp_path, capsys):
    with perform(snakemake) as out:
        work = Work(snakemake.params.job, out)
        assert work.folder("data") == tmp_path / "store/prepare" / ("0" * 16)
        assert work.optional("search") is None
        assert work.parts == []
        (out / "a.txt").write_text("x")
    assert published(snakemake)
    assert corrupt(tmp_path / "store") == {}
    assert "mindgap: train 0-2 done in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("data.path: no such file"), "data.path: no such file\n"),
        (FileNotFoundError(2, "No such file", "x.npy"), "x.npy: No such file; `mindgap verify --repair`"),
        (OSError(28, "No space left", "y.npy"), "y.npy: No space left\n"),
        (OSError(28, "No space left"), "results: No space left\n"),
    ],
)
def test_what_befalls_a_job_is_one_message_in_its_log(snakemake, error, message):
    with pytest.raises(SystemExit) as ended, perform(snakemake):
        raise error
    assert ended.value.code == 1
    assert Path(snakemake.log[0]).read_text().startswith(message)
    assert not published(snakemake)


def test_a_fault_of_the_program_keeps_its_traceback(snakemake):
    with pytest.raises(ZeroDivisionError), perform(snakemake):
        raise ZeroDivisionError
    assert not published(snakemake)


def test_a_result_of_code_that_changed_while_it_ran_is_not_published(snakemake, tmp_path):
    with pytest.raises(SystemExit), perform(snakemake) as out:
        (out / "a.txt").write_text("x")
        (tmp_path / "script.py").write_text("x = 2\n")
    assert "its code was changed while the study ran" in Path(snakemake.log[0]).read_text()
    assert not published(snakemake)


def test_what_is_told_of_an_epoch_names_the_fold(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("mindgap.training.progress.EVERY", 0.0)
    for name, said in ((" fold 1/2", "train: runs 0-2 fold 1/2: epoch 1 of 3"), ("", "train: runs 0-2: epoch 1 of 3")):
        with part(name), Progress("train: runs 0-2", 3) as progress:
            progress.epoch(1, 3)
        assert capsys.readouterr().err.startswith(said)
