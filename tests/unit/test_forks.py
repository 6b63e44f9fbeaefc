"""Scripts in forks: what they are given, what they answer, and what is left of them and of the workflow."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from snakemake.executors.local import Executor as LocalExecutor
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

from mindgap.jobs import forks as module
from mindgap.jobs.forks import EVERYTHING, KINDS, SLOW, THREADS, Forks, Given, Named, kinds_of
from snakemake_executor_plugin_forked import Executor, replace_local
from tests.driver import ROOT


@pytest.fixture(scope="module")
def forks(tmp_path_factory) -> Iterator[Forks]:
    folder = tmp_path_factory.mktemp("forks")
    made = Forks("stages", folder)
    yield made
    made.close()
    assert not [*folder.iterdir()]


def given(*output: Path, **params: object) -> Given:
    return Given(Named(map(str, output), {}), Named((), {}), Named(params.values(), params))


def script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text)
    return path


def test_a_script_knows_paths_and_params_as_from_snakemake(forks, tmp_path):
    path = script(
        tmp_path,
        "from pathlib import Path\n"
        "Path(snakemake.output[0]).write_text(f'{snakemake.params.size} {snakemake.params[1]} {__name__}')",
    )
    assert forks.run(path, given(tmp_path / "out", size=3, name="x")) == 0
    assert (tmp_path / "out").read_text().startswith("3 x ")
    with pytest.raises(AttributeError, match="nothing"):
        _ = given(size=3).params.nothing


def test_a_script_has_its_imports_already_and_one_thread(forks, tmp_path):
    path = script(
        tmp_path,
        "import os, sys\n"
        "assert 'mindgap.stages.arm' in sys.modules and 'snakemake' not in sys.modules\n"
        f"assert all(os.environ[name] == '1' for name in {list(THREADS)})\n",
    )
    assert forks.run(path, given()) == 0


def test_nothing_is_left_of_the_scripts_before(forks, tmp_path):
    path = script(
        tmp_path, "import sys\nassert not hasattr(sys, 'left')\nsys.left = 1\nimport json\njson.dumps = None\n"
    )
    assert [forks.run(path, given()) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 0), ("raise SystemExit", 0), ("raise SystemExit(7)", 7), ("raise SystemExit('no')", 1), ("1 / 0", 1)],
)
def test_the_exit_code_is_that_of_the_script(forks, tmp_path, text, code):
    assert forks.run(script(tmp_path, text), given()) == code


def test_a_mistake_in_the_code_has_its_traceback(tmp_path):
    path = script(tmp_path, "1 / 0")
    text = (
        "from pathlib import Path\nfrom mindgap.jobs.forks import Forks, Given, Named\n"
        f"forks, empty = Forks('stages', Path({str(tmp_path)!r})), Named((), {{}})\n"
        f"forks.run(Path({str(path)!r}), Given(empty, empty, empty))\n"
        "forks.close()"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert "script.py" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_a_script_that_is_killed_is_told(forks, tmp_path):
    path = script(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ChildProcessError, match="script: its process was killed"):
        forks.run(path, given())
    assert forks.run(script(tmp_path, ""), given()) == 0


def test_a_script_that_nobody_reads_goes_on_to_its_end(tmp_path):
    path = script(tmp_path, "from mindgap.training.progress import tell\ntell('one')\ntell('two')")
    text = (
        "import os\nfrom pathlib import Path\nfrom mindgap.jobs.forks import Forks, Given, Named\n"
        "reading, writing = os.pipe()\nos.dup2(writing, 2)\nos.close(writing)\nos.close(reading)\n"
        f"forks, empty = Forks('stages', Path({str(tmp_path)!r})), Named((), {{}})\n"
        f"print(forks.run(Path({str(path)!r}), Given(empty, empty, empty)))\n"
        "forks.close()"
    )
    done = subprocess.run([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert done.stdout == "0\n"


def test_that_the_process_that_forks_was_killed_is_told_at_once(tmp_path):
    folder, out = tmp_path / "own", tmp_path / "out"
    folder.mkdir()
    path = script(
        tmp_path,
        "import os, time\nfrom pathlib import Path\n"
        f"Path({str(tmp_path / 'new')!r}).write_text(str(os.getpid()))\n"
        f"Path({str(tmp_path / 'new')!r}).rename(snakemake.output[0])\ntime.sleep(60)",
    )
    forks = Forks("stages", folder)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(forks.run, path, given(out))
        while not out.exists():
            time.sleep(0.02)
        forks._process.kill()
        forks._process.wait()
        with pytest.raises(ChildProcessError, match=r"forked is gone \(.*refused\)"):
            forks.run(path, given(out))
        assert not other.done()  # what it forked goes on
        os.kill(int(out.read_text()), signal.SIGKILL)
        with pytest.raises(ChildProcessError, match="script: its process was killed"):
            other.result()


def test_nothing_is_left_when_the_workflow_is_killed(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    text = (
        "import os, signal\nfrom pathlib import Path\nfrom mindgap.jobs.forks import Forks\n"
        f"forks = Forks('stages', Path({str(folder)!r}))\n"
        "print(forks._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    started = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    until = time.monotonic() + 20
    while _lives(int(started.stdout)):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert not folder.exists()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_script_is_forked_from_a_process_that_has_what_the_jobs_of_its_kind_need():
    scripts = sorted((ROOT / "workflow/scripts").glob("*.py"))
    assert {path.stem for path in scripts} >= {*SLOW}
    whole = kinds_of(scripts * 2)
    assert {*whole.values()} == {*EVERYTHING}
    assert {path.stem for path, kind in whole.items() if kind == "tracked"} == {*SLOW}
    untracked = kinds_of([path for path in scripts if "track" not in path.stem])
    assert {*untracked.values()} == {"slow", "stages"}
    assert {*untracked.values(), *whole.values()} == {*KINDS}
    assert kinds_of(scripts[:1]) == {scripts[0]: "alone"}


def test_a_kind_has_one_process_in_a_folder(tmp_path):
    forks = module.begun("alone", tmp_path)
    assert module.begun("alone", tmp_path) is forks
    assert forks.run(script(tmp_path, "import sys\nassert 'numpy' not in sys.modules"), given()) == 0
    for _ in range(2):  # as at the end of a program that closed it already
        module.end_all()
    assert not [*tmp_path.glob("alone*")]


def test_a_process_whose_workflow_has_ended_says_nothing(tmp_path):
    address = str(tmp_path / "gone" / "stages")
    done = subprocess.run(
        [sys.executable, "-m", "mindgap.jobs.forks", address, str(os.getpid())], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_scripts_do_not_wait_for_what_is_imported_later(tmp_path, monkeypatch):
    outs = [tmp_path / "one", tmp_path / "other"]
    (tmp_path / "imported_first.py").write_text("import time\ntime.sleep(1)")  # until the script is asked for
    (tmp_path / "imported_later.py").write_text(
        "import time\nfrom pathlib import Path\nuntil = time.monotonic() + 20\n"
        f"while not all(Path(out).exists() for out in {[*map(str, outs)]}):\n"
        "    assert time.monotonic() < until\n    time.sleep(0.01)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setitem(module.KINDS, "stages", ("imported_first", "imported_later"))
    forks = Forks("stages", tmp_path)
    path = script(
        tmp_path,
        "import sys\nfrom pathlib import Path\n"
        "assert 'imported_first' in sys.modules and 'imported_later' not in sys.modules\n"
        "Path(snakemake.output[0]).touch()",
    )
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(lambda out: forks.run(path, given(out)), outs)] == [0, 0]
    assert forks.run(script(tmp_path, "import sys\nassert 'imported_later' in sys.modules"), given()) == 0
    forks.close()


def test_what_snakemake_runs_beside_a_cluster_is_forked_too(monkeypatch):
    registry = ExecutorPluginRegistry()
    monkeypatch.setattr(registry, "plugins", dict(registry.plugins))
    assert registry.get_plugin("local").executor is LocalExecutor
    replace_local()
    assert registry.get_plugin("local").executor is Executor
