"""A mistake says nothing of itself."""


class UserError(Exception):
    def __str__(self):
        return "nonsense"
