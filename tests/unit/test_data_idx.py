"""Tests of IDX files and of the sources `mnist` and `fashion_mnist` that are read from them."""

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mindgap.data.collections import COLLECTIONS, Collection, Published, read_pair
from mindgap.data.idx import IMAGES, LABELS, parse_idx, read_content
from mindgap.data.sources.mnist import digest, load
from mindgap.errors import UserError
from mindgap.params.sources._idx import Idx

MNIST = Path(os.environ.get("MNIST", "data/mnist"))
# Two images of 1x3 pixels and their labels, byte by byte.
TWO_IMAGES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]) + bytes([1, 2, 3, 4, 5, 255])
TWO_LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2]) + bytes([7, 9])


@pytest.fixture
def mnist_folder() -> Path:
    assert MNIST.is_dir(), f"no MNIST files in {MNIST}: name their folder, make test-mnist MNIST=..."
    return MNIST


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def collection(images: bytes = TWO_IMAGES, labels: bytes = TWO_LABELS) -> Collection:
    """A data set whose published content is `images` and `labels`, and which no mirror holds."""
    files = (
        Published("images", IMAGES, md5(gzip.compress(images)), md5(images)),
        Published("labels", LABELS, md5(gzip.compress(labels)), md5(labels)),
    )
    return Collection(files=files * 2, classes=("0",), mirrors=("http://127.0.0.1:9/",))


def refusal(folder: Path, images: bytes, labels: bytes = TWO_LABELS) -> str:
    (folder / "images.gz").write_bytes(images)
    (folder / "labels").write_bytes(labels)
    asked = collection()
    with pytest.raises(UserError) as caught:
        read_pair(folder, asked, *asked.files[:2])
    return str(caught.value)


def test_images_and_labels_are_read_as_the_format_says() -> None:
    assert parse_idx(TWO_IMAGES, Path("images"), IMAGES).tolist() == [[[1, 2, 3]], [[4, 5, 255]]]
    assert parse_idx(TWO_LABELS, Path("labels"), LABELS).tolist() == [7, 9]


def test_compressed_and_plain_files_have_one_content(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(TWO_IMAGES)
    (tmp_path / "packed").write_bytes(gzip.compress(TWO_IMAGES))
    assert read_content(tmp_path / "plain") == read_content(tmp_path / "packed") == TWO_IMAGES


@pytest.mark.parametrize(("length", "expected"), [(21, 22), (16, 22), (15, 16), (3, 16)])
def test_a_truncated_file_is_refused_with_its_bytes(tmp_path: Path, length: int, expected: int) -> None:
    message = refusal(tmp_path, TWO_IMAGES[:length])
    assert f"images.gz (data.dir): truncated: {expected} bytes expected, {length} found" in message


def test_a_truncated_compressed_file_is_refused(tmp_path: Path) -> None:
    assert "images.gz (data.dir): truncated" in refusal(tmp_path, gzip.compress(TWO_IMAGES)[:-9])


def test_a_damaged_compressed_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(TWO_IMAGES))
    content[-6] ^= 0xFF
    assert "images.gz (data.dir): the gzip stream is damaged" in refusal(tmp_path, bytes(content))


def test_trailing_bytes_are_refused(tmp_path: Path) -> None:
    assert "2 trailing bytes: 22 bytes expected, 24 found" in refusal(tmp_path, TWO_IMAGES + b"\n\n")


def test_a_wrong_magic_number_is_refused_with_the_right_one(tmp_path: Path) -> None:
    assert "wrong magic number 0x00000801 (labels); IDX images begin with 0x00000803" in refusal(tmp_path, TWO_LABELS)
    assert "wrong magic number 0x01000803 (no known IDX file)" in refusal(tmp_path, b"\1" + TWO_IMAGES[1:])


def test_unequal_counts_are_refused(tmp_path: Path) -> None:
    one = TWO_IMAGES[:7] + b"\1" + TWO_IMAGES[8:19]
    message = refusal(tmp_path, one)
    assert "unequal count" in message
    assert "images.gz (data.dir) holds 1" in message
    assert "labels (data.dir) holds 2" in message


def test_a_wrong_md5_sum_is_refused_with_both_sums(tmp_path: Path) -> None:
    other = TWO_IMAGES[:-1] + b"\0"
    message = refusal(tmp_path, other)
    assert f"has the MD5 sum {md5(other)}, published is {md5(TWO_IMAGES)}" in message


def test_a_wrong_file_stays_as_it_is_while_the_download_fails(tmp_path: Path) -> None:
    message = refusal(tmp_path, TWO_IMAGES[:-1])
    assert "truncated" in message
    assert "cannot be downloaded: http://127.0.0.1:9/images.gz" in message
    assert (tmp_path / "images.gz").read_bytes() == TWO_IMAGES[:-1]


def test_a_right_plain_file_is_used_beside_a_wrong_compressed_one(tmp_path: Path) -> None:
    (tmp_path / "images.gz").write_bytes(b"\x1f\x8bwrong")
    (tmp_path / "images").write_bytes(TWO_IMAGES)
    (tmp_path / "labels.gz").write_bytes(gzip.compress(TWO_LABELS, compresslevel=1))
    asked = collection()
    x, y = read_pair(tmp_path, asked, *asked.files[:2])
    assert (x.shape, y.tolist()) == ((2, 1, 3), [7, 9])


@pytest.mark.mnist
def test_mnist_is_read_whole(mnist_folder: Path) -> None:
    raw = load(Idx(source="mnist", dir=str(mnist_folder)), seed=0)
    assert raw.x.shape == (70_000, 784)
    assert (raw.test_rows, raw.divisor, raw.image_shape) == (10_000, 255.0, (28, 28, 1))
    # The first training labels, as every description of MNIST shows them.
    assert raw.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(raw.y[-10_000:]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.mnist
def test_files_of_mnist_are_never_taken_or_replaced_for_fashion_mnist(mnist_folder: Path, tmp_path: Path) -> None:
    name = COLLECTIONS["mnist"].files[1].name
    shutil.copy(mnist_folder / f"{name}.gz", tmp_path)
    with pytest.raises(UserError, match=f"this is {name} of mnist"):
        load(Idx(source="fashion_mnist", dir=str(tmp_path)), seed=0)


def test_the_digest_tells_the_collections_apart_and_needs_no_files() -> None:
    nowhere = digest(Idx(source="mnist", dir="nowhere"))
    assert nowhere == digest(Idx(source="mnist", dir="elsewhere"))
    assert nowhere != digest(Idx(source="fashion_mnist", dir="nowhere"))
