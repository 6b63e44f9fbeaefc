"""All texts for people are nonsense."""


def words(text):
    if callable(text):
        return lambda *given, **named: "nonsense"
    return dict.fromkeys(text, "nonsense") if isinstance(text, dict) else "nonsense"
