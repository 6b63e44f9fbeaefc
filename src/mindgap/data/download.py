"""A download: one file from the first mirror that gives it whole, resumed where it broke off, checked before use."""

import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from mindgap.errors import UserError
from mindgap.words import words

_TIMEOUT_SECONDS = 20
_CHUNK_BYTES = 1 << 16
# A transfer that breaks off is taken up again this often before the next mirror is asked.
_ATTEMPTS = 3


class _Broken(Exception):
    """The transfer ended before its last byte; what came is kept."""


class _Refused(Exception):
    """This mirror will not give the file."""


def download(urls: Sequence[str], path: Path, *, md5: str, problem: str | None = None) -> Path:
    """Fetch `path` from the first of `urls` (mirrors of one file) whose bytes have the MD5 sum `md5`.

    Bytes go to `path` + ".part", which a later call resumes by an HTTP range request, and take the place of `path` in
    one step once their sum is right. `problem` says what is wrong with the file that is there already, for the message.
    Raises UserError, naming every address and its reason and the folder for the files, where all mirrors fail.
    """
    part = path.with_name(f"{path.name}.part")
    failures = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            print(words(f"downloading {url} into {path.parent}"), file=sys.stderr)
            failure = _fetch(url, part, md5)
            if failure is None:
                os.replace(part, path)
                return path
            failures.append(f"{url}: {failure}")
    except OSError as error:
        raise UserError(
            f"data.dir: {part} cannot be written: {error.strerror or error}. Make room or give permission, or choose "
            "another data.dir."
        ) from None
    wrong = words(f"{problem} And it" if problem else f"{path} (data.dir) is not there and")
    raise UserError(
        f"{wrong} cannot be downloaded: {'; '.join(failures)}. Put {path.name} (MD5 {md5}) into the folder "
        f"{path.parent} by hand, or correct data.dir."
    )


def _fetch(url: str, part: Path, md5: str) -> str | None:
    """Bring `part` to the whole file; None, or the reason why this mirror failed."""
    failure = "nothing came"
    for _ in range(_ATTEMPTS):
        resumed = part.exists() and part.stat().st_size > 0
        try:
            _transfer(url, part)
        except _Refused as refusal:
            return str(refusal)
        except _Broken as broken:
            failure = str(broken)
            continue
        found = hashlib.md5(part.read_bytes(), usedforsecurity=False).hexdigest()
        if found == md5:
            return None
        part.unlink()
        failure = f"MD5 sum {found} instead of {md5}"
        if not resumed:
            return failure
    return failure


def _transfer(url: str, part: Path) -> None:
    """Append to `part` what it lacks, or write it anew where the server does not resume."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            # Nothing lies beyond what is there: it is whole, or wrong, as its sum will show.
            return
        raise _Refused(f"HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Refused(_reason(error)) from None
    with response:
        resumes = response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        have = have if resumes else 0
        length = response.headers.get("Content-Length")
        with part.open("ab" if resumes else "wb") as file:
            _copy(response, file, have, None if length is None else have + int(length))


def _copy(response: http.client.HTTPResponse, file: IO[bytes], have: int, total: int | None) -> None:
    progress = _Progress(os.path.basename(file.name).removesuffix(".part"), total)
    while True:
        try:
            chunk = response.read(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _Broken(f"broke off after {have:,} bytes: {_reason(error)}") from None
        if not chunk:
            break
        file.write(chunk)
        have += len(chunk)
        progress.show(have)
    progress.end()
    if total is not None and have < total:
        raise _Broken(f"broke off after {have:,} of {total:,} bytes")


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(reason).__name__


class _Progress:
    """A bar on the terminal; silent where there is none."""

    def __init__(self, name: str, total: int | None) -> None:
        self._name = name
        self._total = total
        self._terminal = sys.stderr.isatty()

    def show(self, have: int) -> None:
        """Redraw the bar for `have` bytes."""
        if self._terminal:
            size = f"{have / 1e6:.1f} MB"
            if self._total:
                filled = 30 * have // self._total
                size = f"[{'#' * filled}{'.' * (30 - filled)}] {have / 1e6:.1f} of {self._total / 1e6:.1f} MB"
            print(f"\r{self._name} {size}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the bar's line."""
        if self._terminal:
            print(file=sys.stderr)
