"""A user's file: its bytes, or one message that says why they cannot be read."""

from pathlib import Path

from mindgap.errors import UserError


def read_file(path: str | Path, key: str) -> bytes:
    """The bytes of the file that the params key `key` names; UserError where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{key}: there is no file {str(path)!r} (relative paths start at the working directory). Correct {key}."
        ) from None
    except OSError as error:
        raise UserError(
            f"{key}: {str(path)!r} cannot be read: {error.strerror or error}. Correct {key} or the file's permissions."
        ) from None
