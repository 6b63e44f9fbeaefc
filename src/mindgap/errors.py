"""The one exception for what a person can get wrong: its text is the whole message."""


class UserError(Exception):
    """A mistake in params, data or surroundings; shown without a traceback.

    The text names the place (file, key, row), what was found and what is allowed.
    """
