"""A ledger without lines."""


def Reading(*given, **named):  # noqa: N802
    return "nonsense"


def enter(*given):
    return "nonsense"


def read_ledger(path):
    return []
