"""Tests of classes that become one."""

import numpy as np
import pytest

from mindgap.data.groups import merge_classes
from mindgap.data.raw import Raw
from mindgap.errors import UserError


def raw(*classes: str) -> Raw:
    y = np.arange(len(classes), dtype=np.int64)
    return Raw("own", "own.csv (data.path)", np.zeros((len(y), 1)), y, classes)


def test_a_group_takes_the_place_of_its_first_class_and_all_its_names() -> None:
    merged = merge_classes(raw("ant", "bee", "cat", "dog", "eel"), [["dog", "cat"], ["eel", "ant"]])
    assert merged.classes == ("eel, ant", "bee", "dog, cat")
    assert merged.y.tolist() == [0, 1, 2, 2, 0]


def test_rows_stay_what_they_are() -> None:
    before = raw("a", "b", "c")
    after = merge_classes(before, [["a", "b"]])
    assert after.x is before.x
    assert before.y.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("classes", "groups", "message"),
    [
        (
            ("ant", "bee", "cat"),
            [["ant", "be"]],
            "there is no class 'be'. Did you mean 'bee'? There are: ant, bee",
        ),
        (("0", "1", "2"), [["0", "7"]], "there is no class '7'. There are: 0, 1, 2."),
        (("a", "b"), [["a", "b"]], "data.merge leaves one class, 'a, b'; at least two are needed"),
        (("a", "b", "a, b", "c"), [["a", "b"]], "data.merge makes two classes of the same name"),
    ],
)
def test_groups_that_cannot_be_are_refused(classes: tuple[str, ...], groups: list[list[str]], message: str) -> None:
    with pytest.raises(UserError) as caught:
        merge_classes(raw(*classes), groups)
    assert str(caught.value).startswith("own.csv (data.path): data.merge")
    assert message in str(caught.value)
