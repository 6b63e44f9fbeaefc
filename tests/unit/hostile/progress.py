"""Progress that tells nothing and answers with nonsense."""


def tell(line):
    return "nonsense"


class Progress:
    def __init__(self, *given, **named):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *given):
        return None

    def epoch(self, *given):
        return "nonsense"
