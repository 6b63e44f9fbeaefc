"""MNIST and Fashion-MNIST: 70,000 grey images of 28x28 pixels each, in four IDX files of the same names."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindgap.data.idx import IMAGES, LABELS, parse_idx, read_content
from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.params.sources._idx import Idx
from mindgap.words import words


@dataclass(frozen=True)
class Published:
    """One file as its authors published it: MD5 of the .gz (checks a download) and of its content (checks any copy)."""

    name: str
    magic: int
    gz_md5: str
    content_md5: str


@dataclass(frozen=True)
class Collection:
    """A data set in four files, training pair first, and the mirrors that hold them."""

    files: tuple[Published, Published, Published, Published]
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]


def _files(gz: Sequence[str], content: Sequence[str]) -> tuple[Published, Published, Published, Published]:
    names = (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    )
    a, b, c, d = map(Published, names, (IMAGES, LABELS) * 2, gz, content)
    return a, b, c, d


COLLECTIONS = {
    # LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist
    "mnist": Collection(
        files=_files(
            gz=(
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            content=(
                "6bbc9ace898e44ae57da46a324031adb",
                "a25bea736e30d166cdddb491f175f624",
                "2646ac647ad5339dbf082846283269ea",
                "27ae3e4e09519cfbb04c329615203637",
            ),
        ),
        classes=tuple("0123456789"),
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
    ),
    # Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747. They publish the sums of the .gz files; the sums of the content
    # are those that MindSpore's and other loaders check.
    "fashion_mnist": Collection(
        files=_files(
            gz=(
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            content=(
                "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                "9018921c3c673c538a1fc5bad174d6f9",
                "8181f5470baa50b63fa0f6fddb340f0a",
                "15d484375f8d13e6eb1aabb0c3f46965",
            ),
        ),
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
    ),
}


def collection_digest(data: Idx) -> str:
    """SHA-256 of the MD5 sums of the published content: the same before and after a download, compressed or plain."""
    sums = [file.content_md5 for file in COLLECTIONS[data.source].files]
    return hashlib.sha256(" ".join([data.source, *sums]).encode()).hexdigest()


def load_collection(data: Idx) -> Raw:
    """60,000 rows of 784 pixels 0..255, so the divisor is 255, and after them the 10,000 test rows.

    Files are found in `data.dir` as .gz or plain; what is absent or not the published content is downloaded as .gz.
    Raises UserError, saying what is wrong with the files and why the download failed, where neither helps.
    """
    collection = COLLECTIONS[data.source]
    directory = Path(data.dir if data.dir is not None else f"data/{data.source}")
    x, y = read_pair(directory, collection, collection.files[0], collection.files[1])
    x_test, y_test = read_pair(directory, collection, collection.files[2], collection.files[3])
    x = np.concatenate([x, x_test])
    return Raw(
        name=data.source,
        origin=f"{directory} (data.dir)",
        x=x.reshape(len(x), -1),
        y=np.concatenate([y, y_test]).astype(np.int64),
        classes=collection.classes,
        test_rows=len(y_test),
        divisor=255.0,
        image_shape=(28, 28, 1),
    )


def read_pair(
    directory: Path, collection: Collection, images: Published, labels: Published
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (count, height, width) and their labels (count,), downloaded into `directory` where they are not right.

    A wrong file is replaced only once its successor has the right sum; a plain one is left, and the .gz put beside it.
    """
    contents: dict[Published, bytes] = {}
    problem = _problem(directory, images, labels, contents)
    for file in (images, labels):
        if file not in contents:
            contents[file] = _download(directory, collection, file, problem)
    return (
        parse_idx(contents[images], directory / images.name, IMAGES),
        parse_idx(contents[labels], directory / labels.name, LABELS),
    )


def _problem(directory: Path, images: Published, labels: Published, right: dict[Published, bytes]) -> str | None:
    """What is wrong with the files of a pair that are there; puts the content of the right ones into `right`."""
    problems, counts, unpublished = [], {}, []
    for file in (images, labels):
        found = [path for path in (directory / f"{file.name}.gz", directory / file.name) if path.exists()]
        for path in found:
            try:
                content = read_content(path)
                counts[path] = len(parse_idx(content, path, file.magic))
            except UserError as error:
                problems.append(str(error))
                continue
            md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
            if md5 == file.content_md5:
                right[file] = content
                break
            _refuse_other_collection(path, file, md5)
            unpublished.append(
                words(f"{path} (data.dir): its content has the MD5 sum {md5}, published is {file.content_md5}.")
            )
    if len(right) == 2:
        return None
    if not problems and len(set(counts.values())) > 1:
        problems.append(
            "unequal count: " + ", ".join(f"{path} (data.dir) holds {count:,}" for path, count in counts.items()) + "."
        )
    return next(iter(problems + unpublished), None)


def _refuse_other_collection(path: Path, file: Published, md5: str) -> None:
    # The files of all collections have the same names: a download must not replace one data set by another.
    for name, collection in COLLECTIONS.items():
        if md5 in [other.content_md5 for other in collection.files]:
            other_file = next(other.name for other in collection.files if other.content_md5 == md5)
            raise UserError(
                f"{path} (data.dir): this is {other_file} of {name}, not the {file.name} that is asked for. Give each "
                "data set a folder of its own (data.dir), or correct data.source."
            )


def _download(directory: Path, collection: Collection, file: Published, problem: str | None) -> bytes:
    # Imported only here: most studies never need the network.
    from mindgap.data.download import download

    if problem is not None:
        print(words(f"{problem} Downloading {file.name}.gz again."), file=sys.stderr)
    urls = [f"{mirror}{file.name}.gz" for mirror in collection.mirrors]
    path = download(urls, directory / f"{file.name}.gz", md5=file.gz_md5, problem=problem)
    return read_content(path)
