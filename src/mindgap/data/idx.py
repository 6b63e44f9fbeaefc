"""IDX: the file format of MNIST, gzip-compressed or plain."""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindgap.data.files import read_file
from mindgap.errors import UserError

IMAGES, LABELS = 0x0803, 0x0801


def read_content(path: Path) -> bytes:
    """The file's content, decompressed where it is gzip (seen from its first bytes, not its name).

    Raises UserError for a file that cannot be read, or whose compressed stream is cut off or damaged.
    """
    content = read_file(path, "data.dir")
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        raise UserError(f"{path} (data.dir): truncated: the gzip stream ends after {len(content):,} bytes.") from None
    except (OSError, zlib.error) as error:
        raise UserError(f"{path} (data.dir): the gzip stream is damaged: {error}.") from None


def parse_idx(content: bytes, path: Path, magic: int) -> NDArray[np.uint8]:
    """Decompressed content to images (count, height, width) or labels (count,), as `magic` (IMAGES, LABELS) says.

    The header is the magic number and the size of each dimension, big-endian 32 bits each; bytes follow in C order.
    Raises UserError for content that is truncated, has another magic number, or goes on after its last byte.
    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits.
    """
    dimensions = magic & 0xFF
    header = 4 * (1 + dimensions)
    found_magic = int.from_bytes(content[:4], "big")
    # Sizes mean something only behind the right magic number, so it is looked at as soon as it is there.
    if len(content) >= 4 and found_magic != magic:
        kind = {IMAGES: "images", LABELS: "labels"}
        raise UserError(
            f"{path} (data.dir): wrong magic number {found_magic:#010x} "
            f"({kind.get(found_magic, 'no known IDX file')}); IDX {kind[magic]} begin with {magic:#010x}."
        )
    shape = tuple(int.from_bytes(content[start : start + 4], "big") for start in range(4, header, 4))
    expected = header + prod(shape) if len(content) >= header else header
    if len(content) < expected:
        raise UserError(f"{path} (data.dir): truncated: {expected:,} bytes expected, {len(content):,} found.")
    if len(content) > expected:
        raise UserError(
            f"{path} (data.dir): {len(content) - expected:,} trailing bytes: {expected:,} bytes expected, "
            f"{len(content):,} found."
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
