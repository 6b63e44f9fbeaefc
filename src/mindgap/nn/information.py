"""Information: entropy, cross-entropy and divergence of distributions over classes, in nats."""

import numpy as np

from mindgap.nn.arrays import Array


def entropy(p: Array) -> Array:
    """H(p) = -sum_j p_j log p_j over the last axis, with 0 log 0 = 0; p (..., classes) gives (...)."""
    return cross_entropy(p, p)


def cross_entropy(p: Array, q: Array) -> Array:
    """H(p, q) = -sum_j p_j log q_j over the last axis; infinite where q is 0 and p is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(-np.where(p > 0, p * np.log(q), 0).sum(axis=-1))


def divergence(p: Array, q: Array) -> Array:
    """KL(p || q) = sum_j p_j log(p_j / q_j) = H(p, q) - H(p) >= 0, and 0 only where q = p (Kullback, Leibler 1951)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(p > 0, p * np.log(p / q), 0).sum(axis=-1))


def softmax(logits: Array) -> Array:
    """exp(z_j) / sum_k exp(z_k) over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
