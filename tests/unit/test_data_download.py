"""Tests of downloads, against a server on this machine that can break off, refuse to resume, and send other bytes."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mindgap.data.download import download
from mindgap.errors import UserError

CONTENT = bytes(range(256)) * 1000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT, and notes the Range header of each request."""

    def __init__(self, *, content: bytes, breaks: int, resumes: bool, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.breaks, self.resumes, self.status = content, breaks, resumes, status
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.gz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.resumes else 0
        body = server.content[start:]
        if server.status != 200:
            self.send_error(server.status)
            return
        if asked and server.resumes and not body:
            self.send_error(416)
            return
        self.send_response(206 if asked and server.resumes else 200)
        if asked and server.resumes:
            self.send_header("Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.breaks:
            server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is no log."""


@contextmanager
def serving(*, content: bytes = CONTENT, breaks: int = 0, resumes: bool = True, status: int = 200) -> Iterator[Server]:
    server = Server(content=content, breaks=breaks, resumes=resumes, status=status)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "file.gz"


def part(path: Path) -> Path:
    return path.with_name("file.gz.part")


def test_a_file_is_fetched_into_a_new_folder(path: Path) -> None:
    with serving() as server:
        assert download([server.url], path, md5=MD5) == path
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["file.gz"]


def test_a_broken_transfer_is_resumed_where_it_broke_off(path: Path) -> None:
    with serving(breaks=1) as server:
        download([server.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=128000-"]


def test_what_an_earlier_call_left_is_resumed(path: Path) -> None:
    path.parent.mkdir()
    part(path).write_bytes(CONTENT[:1000])
    with serving() as server:
        download([server.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_a_whole_part_is_kept(path: Path) -> None:
    path.parent.mkdir()
    part(path).write_bytes(CONTENT)
    with serving() as server:
        download([server.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT


def test_a_server_that_does_not_resume_sends_it_all_again(path: Path) -> None:
    with serving(breaks=1, resumes=False) as server:
        download([server.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT
    assert len(server.ranges) == 2


def test_a_part_of_other_bytes_is_thrown_away(path: Path) -> None:
    path.parent.mkdir()
    part(path).write_bytes(b"other" * 100)
    with serving() as server:
        download([server.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=500-", None]


@pytest.mark.parametrize("fault", [{"status": 404}, {"content": b"other"}, {"breaks": 3, "resumes": False}])
def test_the_second_mirror_helps_where_the_first_fails(path: Path, fault: dict[str, int]) -> None:
    with serving(**fault) as first, serving() as second:  # type: ignore[arg-type]
        download([first.url, second.url], path, md5=MD5)
    assert path.read_bytes() == CONTENT


def test_one_message_names_every_mirror_its_reason_and_the_folder(path: Path) -> None:
    with serving(status=503) as first, serving(content=b"other") as second, pytest.raises(UserError) as caught:
        download([first.url, second.url], path, md5=MD5)
    message = str(caught.value)
    assert f"{first.url}: HTTP 503" in message
    assert (
        f"{second.url}: MD5 sum {hashlib.md5(b'other', usedforsecurity=False).hexdigest()} instead of {MD5}" in message
    )
    assert f"into the folder {path.parent} by hand" in message
    assert "\n" not in message
    assert not path.exists()


def test_an_existing_file_is_replaced_only_by_a_right_one(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with (
        serving(content=b"other") as server,
        pytest.raises(UserError, match=r"It is cut off\. And it cannot be downloaded"),
    ):
        download([server.url], path, md5=MD5, problem="It is cut off.")
    assert path.read_bytes() == b"mine"
    with serving() as server:
        download([server.url], path, md5=MD5, problem="It is cut off.")
    assert path.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no folder")
    with pytest.raises(UserError, match=r"data\.dir: .*data.* cannot be written"):
        download(["http://127.0.0.1:9/file.gz"], tmp_path / "data" / "file.gz", md5=MD5)
