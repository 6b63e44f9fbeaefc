"""Entries: what becomes one MLflow run, whatever kind of store it goes to."""

from dataclasses import dataclass

from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH, MAX_TAG_VAL_LENGTH

from mindgap.tracking.records import Record


@dataclass(frozen=True)
class Entry:
    """A record, its tags beside its own, and when it ran (milliseconds since 1970); `ended` None: it is still open."""

    record: Record
    beside: dict[str, str]
    started: int
    ended: int | None

    @property
    def tags(self) -> dict[str, str]:
        """All its tags, as long as MLflow keeps them."""
        return {name: value[:MAX_TAG_VAL_LENGTH] for name, value in {**self.record.tags, **self.beside}.items()}

    @property
    def params(self) -> dict[str, str]:
        """Its params, as long as MLflow keeps them."""
        return {name: value[:MAX_PARAM_VAL_LENGTH] for name, value in self.record.params.items()}
