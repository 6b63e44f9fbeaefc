"""Tests of class labels: their order, and which texts are one class."""

from mindgap.data.labels import encode_labels


def test_numbers_are_ordered_as_numbers() -> None:
    classes, y = encode_labels(["10", "9", "-1", "9"])
    assert classes == ("-1", "9", "10")
    assert y.tolist() == [2, 1, 0, 1]


def test_equal_numbers_are_one_class_however_they_are_written() -> None:
    assert encode_labels(["1", "1.0", "2"])[0] == ("1", "2")


def test_long_whole_numbers_stay_apart() -> None:
    assert len(encode_labels(["12345678901234567890", "12345678901234567891"])[0]) == 2


def test_texts_are_ordered_as_texts() -> None:
    assert encode_labels(["b", "10", "a", "9"])[0] == ("10", "9", "a", "b")
