"""The store publishes whole results, and finds what has changed since."""

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mindgap.cli import main
from mindgap.errors import UserError
from mindgap.store.documents import write_json
from mindgap.store.job import Address, Job
from mindgap.store.lock import hold, run_started
from mindgap.store.store import MANIFEST, Manifest, corrupt, manifests, publish

JOB = Job("train", {"epochs": 3}, "code", {"data": Address("prepare", "0" * 16)})


def stored(root: Path, job: Job = JOB, text: str = "result") -> Path:
    folder = root / "results/store" / job.stage / job.key
    with publish(job, folder) as out:
        (out / "a.txt").write_text(text)
        write_json(out / "b.json", {"x": 1})
    return folder


def test_a_result_appears_with_its_manifest(tmp_path):
    folder = stored(tmp_path)
    manifest = Manifest.read(folder)
    assert manifest.key == folder.name
    assert set(manifest.files) == {"a.txt", "b.json"}
    assert manifest.params == {"epochs": 3}
    assert manifest.inputs == {"data": "0" * 16}
    assert manifest.runtime.wall_seconds >= 0
    assert {"numpy", "python"} <= set(manifest.versions)
    assert corrupt(tmp_path / "results/store") == {}


def test_a_job_that_fails_leaves_nothing(tmp_path):
    folder = tmp_path / "store/train" / JOB.key
    with pytest.raises(ZeroDivisionError), publish(JOB, folder) as out:
        (out / "a.txt").write_text("half")
        1 / 0  # noqa: B018
    assert list(folder.parent.iterdir()) == []


def test_what_a_killed_job_left_is_cleared_by_the_next(tmp_path):
    folder = tmp_path / "results/store/train" / JOB.key
    (folder.parent / f".{JOB.key}.abc").mkdir(parents=True)
    folder.mkdir()
    (folder / "half.txt").write_text("half")
    stored(tmp_path)
    assert [path.name for path in folder.parent.iterdir()] == [JOB.key]
    assert not (folder / "half.txt").exists()


def test_nothing_that_varies_between_equal_runs_enters_a_hashed_file(tmp_path):
    one, other = stored(tmp_path / "1"), stored(tmp_path / "2")
    assert Manifest.read(one).files == Manifest.read(other).files


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "a.txt").write_text("other"), "a.txt has changed"),
        (lambda folder: (folder / "a.txt").unlink(), "a.txt is missing"),
        (lambda folder: (folder / "c.txt").touch(), "c.txt is not in the manifest"),
        (lambda folder: (folder / MANIFEST).unlink(), "has no manifest"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "cannot be read"),
        (lambda folder: folder.rename(folder.with_name("f" * 16)), "another key"),
    ],
)
def test_verify_names_what_is_corrupt_and_repair_removes_it(tmp_path, monkeypatch, capsys, damage, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow/scripts").mkdir(parents=True)
    sound = stored(tmp_path, Job("check", {}, "code"))
    folder = stored(tmp_path)
    damage(folder)
    assert main(["verify"]) == 1
    assert reason in capsys.readouterr().out
    assert main(["verify", "--repair"]) == 0
    assert main(["verify"]) == 0
    assert list((tmp_path / "results/store").glob("*/*")) == [sound.relative_to(tmp_path).resolve()]


def test_touching_files_corrupts_nothing(tmp_path):
    folder = stored(tmp_path)
    for path in folder.iterdir():
        os.utime(path)
    assert corrupt(tmp_path / "results/store") == {}


def test_manifests_are_found_by_stage_and_key(tmp_path):
    stored(tmp_path)
    folder = stored(tmp_path, Job("check", {}, "code"))
    shutil.copytree(folder, folder.with_name(f".{folder.name}.abc"))  # as a job leaves it that was killed at the end
    assert [manifest.stage for manifest in manifests(tmp_path / "results/store")] == ["check", "train"]


def test_a_store_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "store").write_text("a file where a folder should be")
    with pytest.raises(UserError, match="cannot write results there"), publish(JOB, tmp_path / "store/train/x"):
        pass


def test_a_second_holder_of_the_lock_is_told_of_the_first(tmp_path):
    hold(tmp_path)
    hold(tmp_path)  # one's own lock is no obstacle
    code = f"from pathlib import Path; from mindgap.store.lock import hold; hold(Path({str(tmp_path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"another run is at work there (process {os.getpid()})" in other.stderr


def test_where_the_file_system_knows_no_locks_it_is_told(tmp_path, monkeypatch, capsys):
    def unknown(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", unknown)
    hold(tmp_path)
    assert "cannot be locked: No locks available" in capsys.readouterr().err


def test_the_temporary_folder_of_a_killed_holder_of_the_lock_goes_with_the_next_one(tmp_path):
    results, left, used = tmp_path / "results", tmp_path / "left over", tmp_path / "used"
    for folder in (left, used):
        folder.mkdir()
        code = f"""if True:
            import os
            from pathlib import Path
            from socket import AF_UNIX, socket
            from mindgap.store.lock import hold
            hold(Path({str(results)!r}), Path({str(folder)!r}))
            socket(AF_UNIX).bind({str(folder / "stages")!r})
            os.kill(os.getpid(), 9)
        """
        subprocess.run([sys.executable, "-c", code], check=False)
    (used / "a file").touch()
    hold(results, tmp_path / "own")
    assert not left.exists()
    assert used.exists()
    assert time.time() - 60 < run_started(results) <= time.time()
