"""Words: text that people read and no result holds, so that rewording it computes nothing again."""

from typing import TypeVar

T = TypeVar("T")


def words(text: T) -> T:
    """Mark what only people read: a text, a table of texts, or (as a decorator) a function that makes them.

    What is marked is outside of every fingerprint, so it must never reach a result's files; a test that scrambles all
    of it holds every stage to that.
    """
    return text
