"""A fit: epochs of a learner until they stop, and which of its networks is kept."""

from dataclasses import dataclass

import numpy as np

from mindgap.sklearn.learner import Learned, Learner
from mindgap.sklearn.params import Plan
from mindgap.training.batches import Rows


@dataclass(frozen=True)
class Fit:
    """What a fit made."""

    learned: Learned
    loss_curve: list[float]
    """Each epoch's mean loss of the rows learned."""
    validation_curve: list[float]
    """The mean loss of the rows held out after each epoch; empty where none are."""
    settled: bool
    """Whether `tol` and `patience` ended it."""


def train(plan: Plan, learner: Learner, held: Rows | None, before: Learned | None) -> Fit:
    """Train until the plan says to stop, and keep the last network or, with rows held out, the best for them.

    The best may be `before`, the network that the learner goes on from.
    Raises ValueError where training diverges, or no network has a finite loss on the rows held out.
    """
    tol, patience = plan.stopping.tol, plan.stopping.patience
    losses: list[float] = []
    held_losses: list[float] = []
    best, least, waited = None, np.inf, 0
    if held is not None and before is not None:
        loss = learner.measure(held)
        if np.isfinite(loss):
            best, least = before, loss
    while len(losses) < plan.run.train.epochs and waited <= patience:
        loss = learner.learn()
        losses.append(loss)
        if held is not None:
            loss = learner.measure(held)
            held_losses.append(loss)
        if tol is not None:
            waited = 0 if np.isfinite(loss) and loss <= least - tol else waited + 1
        if loss < least:
            least = loss
            best = None if held is None else learner.learned()
    if held is None:
        return Fit(learner.learned(), losses, held_losses, waited > patience)
    if best is None:
        raise ValueError(
            f"early_stopping: the loss of the rows held out was no finite number after any of {len(losses)} epochs; "
            f"their largest feature is {np.abs(held.x).max():g}. Scale the features, or lower learning_rate (now "
            f"{plan.run.train.learning_rate:g})."
        )
    return Fit(best, losses, held_losses, waited > patience)
