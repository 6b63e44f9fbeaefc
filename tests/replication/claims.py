"""Twelve claims over all parts, each measured anew: a function a claim, which gives numbers by task and prediction."""

import warnings

import numpy as np
from sklearn.linear_model import Lasso, Ridge
from sklearn.neural_network import MLPClassifier

from tests.replication.network import Network, data, train

REPLICATES = range(1, 11)

DEEP = [100] * 10


def he(before, _):
    return np.sqrt(2 / before)


def xavier(before, after):
    return np.sqrt(2 / (before + after))


def sizes(x, y, hidden):
    return [x.shape[1], *hidden, len(np.unique(y))]


def n5():
    """Sigmoid units kill gradients: over eight layers, |gradient| of the second layer's weights over the tenth's."""
    found = {}
    for task in ("digits", "spirals"):
        over = {"sigmoid": [], "relu": []}
        for seed in REPLICATES:
            x, y, *_ = data(task, seed)
            for activation, deviation in (("sigmoid", xavier), ("relu", he)):
                network = Network.drawn(sizes(x, y, DEEP), deviation, seed, activation=activation)
                norms = [np.linalg.norm(own) for own in network.gradient(x[:32], y[:32])[0]]
                over[activation].append(norms[1] / norms[9])
        sigmoid, relu = np.array(over["sigmoid"]), np.array(over["relu"])
        found[task] = {
            0: (sigmoid ** (1 / 8), (None, 0.25)),
            1: (sigmoid, (None, 1e-3)),
            2: (relu / sigmoid, (100, None)),
        }
    return found


def n7():
    """ReLU is faster: epochs to a training loss of 0.1, by scikit-learn's network, each at its own best rate."""
    found = {}
    for task, epochs in (("digits", 40), ("spirals", 80)):
        taken = {}
        for activation in ("relu", "tanh", "logistic"):
            tried = [(_epochs(task, 0, activation, rate, epochs), rate) for rate in np.geomspace(1e-3, 3, 12)]
            rate = min(tried)[1]
            taken[activation] = np.array([_epochs(task, seed, activation, rate, epochs) for seed in REPLICATES])
        found[task] = {
            number: (taken[slow] / taken["relu"], (1, None)) for number, slow in enumerate(("tanh", "logistic"))
        }
    return found


def _epochs(task, seed, activation, rate, epochs):
    """Epochs until the mean loss of an epoch is 0.1; one more than there are where it is not reached."""
    x, y, *_ = data(task, seed)
    settings = {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False, "alpha": 0, "batch_size": 32}
    network = MLPClassifier((64,), activation, **settings, learning_rate_init=rate, max_iter=epochs, tol=0,
                            n_iter_no_change=epochs, random_state=seed)  # fmt: skip
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            network.fit(x, y)
        except ValueError:  # it diverged
            return epochs + 1
    reached = np.flatnonzero(np.array(network.loss_curve_) <= 0.1)
    return int(reached[0]) + 1 if len(reached) else epochs + 1


def i3():
    """Small weights vanish: deviation of the last hidden layer over the first's; gradients over those of Xavier's."""
    found = {}
    for task in ("digits", "spirals"):
        spread, slopes = [], []
        for seed in REPLICATES:
            x, y, *_ = data(task, seed)
            small, fair = (
                Network.drawn(sizes(x, y, DEEP), deviation, seed, activation="tanh") for deviation in (0.01, xavier)
            )
            given = small.forward(x)[1:-1]
            spread.append(given[9].std() / given[0].std())
            own, other = (np.linalg.norm(network.gradient(x[:32], y[:32])[0][5]) for network in (small, fair))
            slopes.append(own / other)
        found[task] = {0: (spread, (None, 1e-3)), 1: (slopes, (None, 1e-3))}
    return found


def i5():
    """Xavier for tanh, He for ReLU: deviation of the last over the first hidden layer's activations."""
    arms = (("tanh", xavier, (0.5, 2)), ("relu", xavier, (None, 0.5)), ("relu", he, (0.5, 2)))
    found = {}
    for task in ("digits", "spirals"):
        found[task] = {}
        for number, (activation, deviation, limits) in enumerate(arms):
            ratios = []
            for seed in REPLICATES:
                x, y, *_ = data(task, seed)
                given = Network.drawn(sizes(x, y, DEEP), deviation, seed, activation=activation).forward(x)[1:-1]
                ratios.append(given[9].std() / given[0].std())
            found[task][number] = ratios, limits
    return found


def i6():
    """Three sigma: the share of 256 x 256 Gaussian weights within three deviations of their mean."""
    shares = []
    for seed in REPLICATES:
        weights = np.random.default_rng(seed).normal(0, 0.01, (256, 256))
        shares.append(np.mean(np.abs(weights - weights.mean()) <= 3 * weights.std()))
    return {"digits": {0: (shares, (0.9968, 0.9978))}}


def o3():
    """AdaGrad decays and RMSProp does not: step over gradient along, of the last 50 steps over those up to 250."""
    means = {"adagrad": [], "rmsprop": []}
    for rule, own in means.items():
        for seed in REPLICATES:
            random = np.random.default_rng(seed)
            angle, curvature, squares, rates = random.uniform(0, 2 * np.pi), np.array([1.0, 50.0]), np.zeros(2), []
            w = 10 * np.array([np.cos(angle), np.sin(angle)])
            for _ in range(5000):
                gradient = curvature * w + 5 * random.standard_normal(2)
                squares = squares + gradient**2 if rule == "adagrad" else 0.99 * squares + 0.01 * gradient**2
                step = (1.0 if rule == "adagrad" else 0.05) * gradient / (np.sqrt(squares) + 1e-8)
                w -= step
                rates.append(step[0] / gradient[0])
            own.append(np.mean(rates[-50:]) / np.mean(rates[200:250]))
    return {"ravine": {0: (means["adagrad"], (None, 0.5)), 1: (means["rmsprop"], (0.5, 2))}}


def o4():
    """Adam's bias correction: the update ratio without it over that with it after an epoch; accuracies in the end."""
    found = {}
    for task, epochs in (("digits", 40), ("spirals", 80)):
        ratios, apart = [], []
        for seed in REPLICATES:
            x, y, x_val, y_val = data(task, seed)
            ends = {}
            for corrected in (True, False):
                network = Network.drawn(sizes(x, y, [64]), he, seed)
                own = train(network, x, y, rate=0.005, epochs=epochs, seed=seed, rule="adam", corrected=corrected)
                ends[corrected] = own[0], network.accuracy(x_val, y_val)
            ratios.append(ends[False][0] / ends[True][0])
            apart.append(ends[False][1] - ends[True][1])
        found[task] = {0: (ratios, (1.5, None)), 1: (apart, (-0.01, 0.01))}
    return found


def s1():
    """The first loss is ln(classes) where weights are small, and with a penalty what weights of their size add."""
    limits = {"digits": (2.2796, 2.3256), "spirals": (1.0876, 1.1096), "breast_cancer": (0.6862, 0.7001)}
    rises = {"digits": (0.213, 0.261), "spirals": (0.0144, 0.0176), "breast_cancer": (0.0460, 0.0564)}
    found = {}
    for number, (task, ends) in enumerate(limits.items()):
        losses, penalties = [], []
        for seed in REPLICATES:
            x, y, *_ = data(task, seed)
            network = Network.drawn(sizes(x, y, [32 if task == "breast_cancer" else 64]), 0.01, seed)
            losses.append(network.loss(x, y))
            penalties.append(1 / 2 * sum(np.sum(w**2) for w in network.weights))
        found[task] = {number: (losses, ends), 3 + number: (penalties, rises[task])}
    return found


def s3():
    """Random search over a grid, by validation loss: 27 points of rate, L2 and gain each, the ends in the grid."""
    ranges = ((3e-4, 1), (1e-7, 0.1), (0.1, 3))
    grid = np.stack(np.meshgrid(*(np.geomspace(low, high, 3) for low, high in ranges)), axis=-1).reshape(27, 3)
    found = {}
    for task in ("digits", "spirals", "breast_cancer"):
        ratios = []
        for seed in REPLICATES:
            random = np.exp(np.random.default_rng([seed, 4]).uniform(*np.log(ranges).T, (27, 3)))
            ratios.append(min(_tried(task, seed, *point) for point in random)
                          / min(_tried(task, seed, *point) for point in grid))  # fmt: skip
        found[task] = {0: (ratios, (None, 1))}
    return found


def _tried(task, seed, rate, l2, gain):
    x, y, x_val, y_val = data(task, seed)
    network = Network.drawn(sizes(x, y, [32 if task == "breast_cancer" else 64]), lambda a, b: gain * he(a, b), seed)
    with np.errstate(all="ignore"):
        train(network, x, y, rate=rate, epochs=10, seed=seed, l2=l2)
        loss = network.loss(x_val, y_val)
    return loss if np.isfinite(loss) else np.inf


def g3():
    """L1 makes sparse, L2 shrinks: a bowl by scikit-learn's Lasso and Ridge, and networks."""
    zeros, norms = [], []
    for seed in REPLICATES:
        random = np.random.default_rng(seed)
        least, (angle, stretch) = (
            np.array([1, random.uniform(-0.4, 0.4)]),
            (random.uniform(0, np.pi), random.uniform(0.5, 1.5, 2)),
        )
        axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        root = np.sqrt(stretch)[:, None] * axes.T  # root' root is the bowl
        target = root @ least
        l1 = Lasso(0.5 / 2, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(root, target).coef_
        l2 = Ridge(0.5, fit_intercept=False).fit(root, target).coef_
        zeros.append(np.mean(l1 == 0) - np.mean(l2 == 0))
        norms.append(np.linalg.norm(l2) / np.linalg.norm(least))
    found = {"bowls": {0: (zeros, (0, None)), 1: (norms, (None, 1))}}
    for task, epochs in (("digits", 40), ("spirals", 80)):
        sparse, shrunk = [], []
        for seed in REPLICATES:
            x, y, *_ = data(task, seed)
            nets = [Network.drawn(sizes(x, y, [64]), he, seed) for _ in range(3)]
            for network, penalty in zip(nets, ({}, {"l1": 1e-3}, {"l2": 1e-2}), strict=True):
                train(network, x, y, rate=0.05, epochs=epochs, seed=seed, **penalty)
            first = [network.weights[0] for network in nets]
            sparse.append(np.mean(np.abs(first[1]) < 1e-3) - np.mean(np.abs(first[2]) < 1e-3))
            shrunk.append(np.linalg.norm(first[2]) / np.linalg.norm(first[0]))
        found[task] = {2: (sparse, (0, None)), 3: (shrunk, (None, 1))}
    return found


def g4():
    """L2 is weight decay: the first layer's weights under the one over those under the other, by step rule."""
    found = {}
    for task in ("digits", "spirals"):
        found[task] = {}
        for number, rule in enumerate(("sgd", "adam")):
            ratios = []
            for seed in REPLICATES:
                x, y, *_ = data(task, seed)
                norms = []
                for penalty in ({"l2": 0.01}, {"decay": 0.01}):
                    network = Network.drawn(sizes(x, y, [64]), he, seed)
                    train(network, x, y, rate=0.01, epochs=20, seed=seed, rule=rule, **penalty)
                    norms.append(np.linalg.norm(network.weights[0]))
                ratios.append(norms[0] / norms[1])
            found[task][number] = ratios, (0.999, 1.001)
    return found


def g8():
    """Monte-Carlo dropout: the chance that a wrong answer spreads more than a right one."""
    found = {}
    for task in ("few_digits", "moons"):
        tells = []
        for seed in REPLICATES:
            x, y, x_val, y_val = data(task, seed)
            network = Network.drawn(sizes(x, y, [128]), he, seed, dropout=0.5)
            train(network, x, y, rate=0.05, epochs=60, seed=seed)
            random = np.random.default_rng([seed, 5])
            answers = np.stack([network.forward(x_val, random)[-1] for _ in range(50)])
            spread, wrong = answers.std(axis=0).mean(axis=1), answers.mean(axis=0).argmax(axis=1) != y_val
            tells.append(np.mean(np.sign(spread[wrong][:, None] - spread[~wrong]) + 1) / 2)
        found[task] = {0: (tells, (0.6, None))}
    return found


CLAIMS = {"N5": n5, "N7": n7, "I3": i3, "I5": i5, "I6": i6, "O3": o3, "O4": o4, "S1": s1, "S3": s3, "G3": g3, "G4": g4,
          "G8": g8}  # fmt: skip
