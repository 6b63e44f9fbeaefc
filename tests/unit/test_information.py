"""Entropy, cross-entropy and divergence: hand-worked values and laws."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mindgap.nn.information import cross_entropy, divergence, entropy, softmax
from mindgap.nn.losses import LOSSES

LOGITS = arrays(float, (3, 5), elements=st.floats(-20, 20))


def test_they_have_their_hand_worked_values():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])
    np.testing.assert_allclose(entropy(p), np.log(2))
    np.testing.assert_allclose(cross_entropy(p, q), 0.5 * np.log(4) + 0.5 * np.log(2))
    np.testing.assert_allclose(divergence(p, q), 0.5 * np.log(2))
    assert divergence(q, p) == np.inf


@given(LOGITS, LOGITS)
def test_divergence_is_cross_entropy_less_entropy_and_never_negative(one, other):
    p, q = softmax(one), softmax(other)
    np.testing.assert_allclose(divergence(p, q), cross_entropy(p, q) - entropy(p), atol=1e-12)
    assert (divergence(p, q) >= -1e-12).all()


@given(LOGITS)
def test_with_one_hot_targets_divergence_and_cross_entropy_are_the_training_loss(logits):
    settings = {name: np.zeros((1, 1)) for name in ("label_smoothing", "margin", "huber_delta")}
    labels = np.array([0, 4, 2])
    loss = LOSSES["cross_entropy"](settings).values(logits[None], labels)[0]
    targets = np.eye(5)[labels]
    np.testing.assert_allclose(cross_entropy(targets, softmax(logits)), loss, atol=1e-9)
    np.testing.assert_allclose(divergence(targets, softmax(logits)), loss, atol=1e-9)


@given(LOGITS, st.floats(-1000, 1000))
def test_softmax_does_not_change_with_a_shift(logits, shift):
    np.testing.assert_allclose(softmax(logits + shift), softmax(logits), atol=1e-9)
