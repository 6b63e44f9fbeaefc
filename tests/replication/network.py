"""A small network in plain NumPy, and the data that it learns, split by scikit-learn."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(float)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
}
"""Each activation, and its derivative by what it gave."""


def data(task, seed):
    """Training and validation rows, standardised by the training rows: x, y, x_val, y_val."""
    x, y = _rows(task, np.random.default_rng([seed, 0]))
    x, _, y, _ = train_test_split(x, y, test_size=0.2, random_state=seed, stratify=y)
    x, x_val, y, y_val = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=y)
    if task == "few_digits":
        x, _, y, _ = train_test_split(x, y, train_size=200, random_state=seed, stratify=y)
        random = np.random.default_rng([seed, 1])
        wrong = random.choice(200, 40, replace=False)
        y = y.copy()
        y[wrong] = (y[wrong] + random.integers(1, 10, 40)) % 10
    scaler = StandardScaler().fit(x)
    return scaler.transform(x), y, scaler.transform(x_val), y_val


def _rows(task, random):
    if task == "spirals":
        y = np.arange(900) % 3
        radius = random.uniform(0.1, 1, 900)
        angle = 2 * np.pi * (radius + y / 3)
        points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        return points + 0.03 * random.standard_normal((900, 2)), y
    if task == "moons":
        return make_moons(400, noise=0.3, random_state=int(random.integers(2**31)))
    return (load_breast_cancer if task == "breast_cancer" else load_digits)(return_X_y=True)


@dataclass
class Network:
    """Dense layers, softmax and cross-entropy; with the chance `dropout` a hidden unit is left out in training."""

    weights: list
    biases: list
    activation: str = "relu"
    dropout: float = 0.0
    masks: list = field(default_factory=list)

    @classmethod
    def drawn(cls, sizes, deviation, seed, **settings):
        """Gaussian weights; `deviation` is a number, or a function of the sizes before and after a layer."""
        random = np.random.default_rng([seed, 2])
        spread = deviation if callable(deviation) else lambda before, after: deviation
        weights = [spread(a, b) * random.standard_normal((a, b)) for a, b in pairwise(sizes)]
        return cls(weights, [np.zeros(after) for after in sizes[1:]], **settings)

    def forward(self, x, random=None):
        """The input, what each hidden layer gives, and the probabilities; with `random` units are left out."""
        given, self.masks = [x], []
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            a = ACTIVATIONS[self.activation][0](given[-1] @ weights + bias)
            left = np.ones_like(a) if random is None else (random.random(a.shape) >= self.dropout) / (1 - self.dropout)
            self.masks.append((a, left))
            given.append(a * left)
        logits = given[-1] @ self.weights[-1] + self.biases[-1]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return [*given, odds / odds.sum(axis=1, keepdims=True)]

    def gradient(self, x, y, random=None):
        """Those of the mean cross-entropy by weights and by biases."""
        *given, probabilities = self.forward(x, random)
        error = (probabilities - np.eye(probabilities.shape[1])[y]) / len(y)
        by_weights, by_biases = [], []
        for layer in reversed(range(len(self.weights))):
            by_weights.insert(0, given[layer].T @ error)
            by_biases.insert(0, error.sum(axis=0))
            if layer:
                a, left = self.masks[layer - 1]
                error = (error @ self.weights[layer].T) * left * ACTIVATIONS[self.activation][1](a)
        return by_weights, by_biases

    def loss(self, x, y):
        """Mean cross-entropy."""
        return float(-np.log(np.maximum(self.forward(x)[-1][np.arange(len(y)), y], 1e-300)).mean())

    def accuracy(self, x, y):
        """The share of right answers."""
        return float((self.forward(x)[-1].argmax(axis=1) == y).mean())


def train(network, x, y, *, rate, epochs, seed, rule="momentum", batch=32, l1=0.0, l2=0.0, decay=0.0, corrected=True):
    """Train in place; gives |step| / |weights| of the first layer in the last batch of each epoch.

    l1 and l2 add l1 sign(w) + l2 w to the gradient of a weight; decay takes rate decay w from the weight itself.
    """
    random, first, second, count, ratios = np.random.default_rng([seed, 3]), {}, {}, 0, []
    for _ in range(epochs):
        order = random.permutation(len(y))
        for start in range(0, len(y), batch):
            rows, count = order[start : start + batch], count + 1
            before = network.weights[0].copy()
            gradients = network.gradient(x[rows], y[rows], random if network.dropout else None)
            for kind, (values, own) in enumerate(zip((network.weights, network.biases), gradients, strict=True)):
                for layer, (w, g) in enumerate(zip(values, own, strict=True)):
                    shrink = rate * decay * w * (kind == 0)
                    g = g + (l1 * np.sign(w) + l2 * w) * (kind == 0)
                    key = kind, layer
                    if rule == "sgd":
                        w -= rate * g
                    elif rule == "momentum":
                        first[key] = 0.9 * first.get(key, 0) + g
                        w -= rate * first[key]
                    else:
                        first[key] = 0.9 * first.get(key, 0) + 0.1 * g
                        second[key] = 0.999 * second.get(key, 0) + 0.001 * g**2
                        seen = (1 - 0.9**count, 1 - 0.999**count) if corrected else (1, 1)
                        w -= rate * first[key] / seen[0] / (np.sqrt(second[key] / seen[1]) + 1e-8)
                    w -= shrink
        ratios.append(float(np.linalg.norm(network.weights[0] - before) / np.linalg.norm(before)))
    return ratios
