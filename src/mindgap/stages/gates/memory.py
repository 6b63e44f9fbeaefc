"""The gate `memory`: can the network learn a few examples by heart?"""

from mindgap.params.run import RunSpec
from mindgap.results.check import GateResult
from mindgap.stages.gates import Case, Gate
from mindgap.tasks import CLASSIFICATION, REGRESSION
from mindgap.training.cohort import train_runs
from mindgap.training.networks import loss_of
from mindgap.words import words

LEARNING_RATES = (0.1, 0.03, 0.01, 0.003, 0.001)

EPOCHS = 1500
"""Enough for slow sigmoids; most networks are done in a tenth of it."""

LEARNED = 0.02
"""A share of the loss of all-zero outputs, which only rows known by heart allow."""

NONE = 1e9
"""Stands for a loss that no learning rate kept finite."""


class MemoryGate(Gate):
    """A sound network learns a few rows that all differ by heart, with no regularisation in its way.

    Measured is the least training loss after at most EPOCHS epochs of Adam at several learning rates.
    """

    question = words("Can the network learn a few examples by heart?")

    @staticmethod
    def runs(run: RunSpec, task: str) -> list[RunSpec]:
        """The study's run without penalty, dropout and stopping, by Adam; for a regression with the squared error,
        so that the demand is the same whatever a study's loss makes of distances."""
        off = (
            "l1",
            "l2",
            "weight_decay",
            "dropout",
            "channel_dropout",
            "input_dropout",
            "input_noise",
            "label_smoothing",
        )
        none = ("early_stopping", "switch", "max_norm", "clip_norm", "augment", "batch_size")
        plain = {**dict.fromkeys(off, 0.0), **dict.fromkeys(none), "optimizer": "adam", "schedule": "constant"}
        return [run.vary(plain | ({"loss": REGRESSION.loss} if task == REGRESSION.name else {}))]

    @classmethod
    def ask(cls, case: Case) -> GateResult:
        few = case.few
        (plain,) = cls.runs(case.run, REGRESSION.name if few.y.dtype.kind == "f" else CLASSIFICATION.name)
        enough = LEARNED * loss_of([plain]).at_zero(case.outputs, few.y)
        linear = not plain.model.layers
        reached = NONE
        for epochs in (EPOCHS // 10, EPOCHS):
            specs = [plain.vary({"epochs": epochs, "learning_rate": rate}) for rate in LEARNING_RATES]
            results = train_runs(specs, few, few, case.outputs, pixels=case.pixels)
            losses = [result.history["train_loss"][-1] for result in results]
            reached = min([reached, *(value for value in losses if value is not None)])
            if reached < enough or linear:
                break
        figures = {"rows": len(few.y), "linear": int(linear), "rates": len(LEARNING_RATES), "epochs": EPOCHS}
        return GateResult("memory", reached, enough, bool(linear or reached < enough), figures)

    @staticmethod
    @words
    def expected(result: GateResult) -> str:
        unasked = " (not asked of a linear classifier)" if result.figures["linear"] else ""
        return f"a loss below {result.limit:.3g} on {result.figures['rows']} rows{unasked}"

    @staticmethod
    @words
    def explanation(result: GateResult) -> str:
        text = (
            "The least training loss after at most {epochs} epochs of Adam at {rates} learning rates, without penalty "
            "and dropout, of rows that all differ. Where it stays high: look at model.init, model.activation and "
            "preprocess."
        )
        return text.format(**result.figures)
