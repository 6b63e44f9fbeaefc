"""Processes for the workflow's scripts: forked from one that has imported what they need, once.

`Forks` is the side of the workflow; run as a module, this is the process that forks. A fork has nothing of the jobs
before it. If the workflow dies, however it dies, that process ends by itself.
"""

import atexit
import gc
import os
import pickle
import runpy
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from socket import AF_UNIX, socket
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from time import monotonic, sleep
from typing import Any, NamedTuple, Self

from mindgap.store.lock import discard

THREADS = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB", "GOTO")}
"""As Snakemake sets them for a job of one thread."""

PATIENCE = 60.0
"""Seconds until the process that forks must listen; it takes a few hundredths."""


class Named(tuple[Any, ...]):
    """Values in their order, of which some have names, as scripts know them from Snakemake."""

    names: dict[str, Any]

    def __new__(cls, values: Sequence[Any], names: Mapping[str, Any]) -> Self:
        made = super().__new__(cls, values)
        made.names = dict(names)
        return made

    def __getnewargs__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return tuple(self), self.names

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["names"][name]
        except KeyError:
            raise AttributeError(name) from None


class Given(NamedTuple):
    """What a script is given, under the name `snakemake`."""

    output: Named
    log: Named
    params: Named


_SLOW = (
    "sklearn.tree",
    "mindgap.stages.prepare",
    "mindgap.store.warm",
    "mindgap.stages.baselines",
    "mindgap.stages.evaluate",
    "mindgap.stages.judge",
    "mindgap.report.view",
)
KINDS = {
    "tracked": (*_SLOW, "mindgap.tracking.study", "mindgap.tracking.warm"),
    "slow": _SLOW,
    "stages": (
        "mindgap.stages.arm",
        "mindgap.stages.arm_data",
        "mindgap.stages.search",
        "mindgap.stages.trials",
        "mindgap.store.warm",
    ),
}
"""What is imported beforehand: what takes long, in the order in which it is needed; and what many scripts need."""

EVERYTHING = ("tracked", "stages")
"""The kinds of a whole study."""

TRACKED = ("track_stages", "track", "track_claims")
SLOW = ("prepare", "baselines", "evaluate", "judge", "report", "claims", *TRACKED)


def kinds_of(scripts: Sequence[Path]) -> dict[Path, str]:
    """From which process each script is forked, given those of all jobs; alone, one imports no more than it needs."""
    if len(scripts) == 1:
        return {scripts[0]: "alone"}
    slow = "tracked" if any(script.stem in TRACKED for script in scripts) else "slow"
    return {script: slow if script.stem in SLOW else "stages" for script in {*scripts}}


class Forks:
    """One process that forks; its socket is in a folder that nobody else may enter."""

    def __init__(self, kind: str, folder: Path) -> None:
        """Begin it with the modules of a kind; of a kind that is not in `KINDS`, with none."""
        self._address = folder / kind
        command = [sys.executable, "-P", "-m", __name__, str(self._address), str(os.getpid()), *KINDS.get(kind, ())]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env={**os.environ, **THREADS})

    def run(self, script: Path, given: Given) -> int:
        """Run a script in a fork, to its end, and return its exit code.

        Raises ChildProcessError if it was killed, or the process that forks.
        """
        with self._connected() as connection, connection.makefile("rwb") as stream:
            pickle.dump((str(script), given), stream)
            stream.flush()
            answer = stream.read()
        if not answer:
            raise ChildProcessError(f"{script.stem}: its process was killed; perhaps there was no memory left for it")
        return int(answer)

    def close(self) -> None:
        """End the process that forks; its forks come to their own ends."""
        self._process.terminate()
        self._process.wait()
        self._address.unlink(missing_ok=True)

    def _connected(self) -> socket:
        until = monotonic() + PATIENCE
        while True:
            connection = socket(AF_UNIX)
            try:
                connection.connect(str(self._address))
            except OSError as error:
                connection.close()
                if self._process.poll() is not None:
                    raise ChildProcessError(
                        f"the process from which jobs are forked is gone ({error}); perhaps there was no memory left"
                    ) from error
                if monotonic() > until:
                    raise
                sleep(0.005)
            else:
                return connection


@cache
def begun(kind: str, folder: Path) -> Forks:
    """The process of a kind: begun when it is first asked for, and ended with this one at the latest."""
    forks = Forks(kind, folder)
    _begun.append(forks)
    return forks


_begun: list[Forks] = []


@atexit.register
def end_all() -> None:
    """End all that are begun."""
    for forks in _begun:
        forks.close()


class _Handler(StreamRequestHandler):
    """In a fork: runs the script, and answers with its exit code."""

    server: "_Server"

    def handle(self) -> None:
        self.server.socket.close()  # or it would seem that the process that forks listens, when it is gone
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        script, given = pickle.load(self.rfile)  # noqa: S301  # from the workflow itself
        code = _run(script, given)
        for stream in (sys.stdout, sys.stderr):
            with suppress(BrokenPipeError):  # nobody reads it any more
                stream.flush()
        with suppress(BrokenPipeError):  # nobody waits for it any more
            self.wfile.write(str(code).encode())


def _run(script: str, given: Given) -> int:
    try:
        runpy.run_path(script, {"snakemake": given})
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        with suppress(BrokenPipeError):
            traceback.print_exc()
        return 1
    return 0


class _Server(ForkingMixIn, UnixStreamServer):
    max_children = 10_000
    request_queue_size = 1000

    def __init__(self, address: str, workflow: int) -> None:
        self._workflow = workflow
        super().__init__(address, _Handler)

    def service_actions(self) -> None:
        """Twice a second, and after each request: gather the forks that have ended; end with the workflow."""
        super().service_actions()
        if os.getppid() != self._workflow:
            discard(Path(str(self.server_address)).parent)
            raise SystemExit


def serve(address: str, workflow: int, modules: Sequence[str]) -> None:
    """Fork for each request at an address, from the first module on; `workflow` is the process that asks.

    What is forked early imports by itself what it needs of the later modules.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the forks, and for the workflow
    try:
        server = _Server(address, workflow)
    except FileNotFoundError:  # the workflow has ended, and its folder is gone
        return
    with server:
        for module in modules:
            import_module(module)
            gc.freeze()
            while select([server], [], [], 0)[0]:
                server.handle_request()
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
