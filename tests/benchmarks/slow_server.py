"""What a study takes longer where each answer of a tracking server takes 200 ms longer: pairs, in turns.

For an `mlflow server` of this machine: python -m tests.benchmarks.slow_server PORT
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.benchmarks.overhead import table
from tests.workflow.checkout import Checkout

DELAYS, PAIRS = (0.0, 0.2), 3
KEPT = ("content-type", "content-disposition")


class Proxy(ThreadingHTTPServer):
    """Hands each request to a server of this machine, some seconds after it came."""

    request_queue_size = 128

    def __init__(self, port: int, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.port, self.delay = port, delay


class Handler(BaseHTTPRequestHandler):
    """A connection to the proxy."""

    server: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Ask the server, and pass on what it says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(self.server.delay)
        there = HTTPConnection("127.0.0.1", self.server.port)
        there.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
        found = there.getresponse()
        content = found.read()
        there.close()
        self.send_response(found.status)
        for name, value in found.getheaders():
            if name.lower() in KEPT:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - names of the standard library

    def log_message(self, *_: object) -> None:
        """No line for each request."""


@contextmanager
def delayed(port: int, delay: float) -> Iterator[str]:
    """The address of a proxy of the server at a port of this machine."""
    with Proxy(port, delay) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()


def main(port: int) -> None:
    """Print what each of a pair took, for two studies."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        table(place / "wine.csv")
        wine = {"data": {"source": "csv", "path": str(place / "wine.csv"), "target": "target"}}
        for name, params in (("digits", {}), ("208 rows", wine)):
            for pair in range(PAIRS):
                told = [f"{name:<10}"]
                for delay in DELAYS:
                    study = f"{place.name}-{name[:3]}-{pair}-{round(1000 * delay)}"
                    checkout = Checkout(place / study, {"study": study, **params})
                    with delayed(port, delay) as uri:
                        started = time.perf_counter()
                        done = checkout.run(MLFLOW_TRACKING_URI=uri)
                    if done.code != 0 or uri in done.text:
                        sys.exit(done.text)
                    told.append(f"{1000 * delay:4.0f} ms: {time.perf_counter() - started:5.1f} s")
                print("  ".join(told), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
