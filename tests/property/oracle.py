"""A network in small gates of the graph engine, the oracle of the other: values and all gradients, in float64."""

from dataclasses import astuple

import numpy as np

from mindgap.graph import gates, graph
from mindgap.graph.graph import Value
from mindgap.nn.architecture import Architecture
from tests.conftest import FixedDraws

LEAKS, RATES = [0.05, 0.3, 0.7], [0.0, 0.2, 0.6]
SETTINGS = {
    "label_smoothing": np.array([[0.0], [0.1], [0.4]]),
    "margin": np.array([[1.0], [0.3], [2.0]]),
    "huber_delta": np.array([[1.0], [0.2], [3.0]]),
}


DRAWS = FixedDraws(7)


def activate(z: Value, architecture: Architecture, values: dict[str, Value], layer: int, leak: np.ndarray) -> Value:
    """The activation of a layer, in small gates."""
    name = architecture.activation
    zero = np.zeros(1)
    positive = graph.maximum(z, zero)
    if name == "identity":
        return z
    if name in ("sigmoid", "tanh", "relu"):
        return gates.FINE[name](z)
    if name == "leaky_relu":
        return positive - leak * graph.maximum(-z, zero)
    if name == "prelu":
        return positive - values[f"activation{layer}.slope"] * graph.maximum(-z, zero)
    if name in ("elu", "selu"):
        alpha, scale = (leak, 1.0) if name == "elu" else (1.6732632423543772, 1.0507009873554805)
        return scale * (positive + alpha * (graph.exp(-graph.maximum(-z, zero)) - 1.0))
    if name == "arctan":
        return gates.arctan(z)
    if name == "sqnl":
        within = gates.clip(z, low=-2.0, high=2.0)
        return within - within * gates.absolute(within) / 4.0
    if name == "softplus":
        return graph.log(1.0 + graph.exp(z))
    if name == "gelu":
        return z * (1.0 + gates.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3.0))) / 2.0
    if name == "silu":
        return z * gates.FINE["sigmoid"](z)
    assert name == "maxout"
    count, rows, width = z.data.shape
    return gates.max_over(
        gates.reshape(z, shape=(count, rows, architecture.pieces, width // architecture.pieces)), axis=2
    )


def normalize(x: Value, architecture: Architecture, values: dict[str, Value], layer: int) -> Value:
    """Normalisation as in training, in small gates."""
    scale, shift = values[f"norm{layer}.scale"], values[f"norm{layer}.shift"]
    count, rows, units = x.data.shape
    if architecture.normalization == "batch":
        centred = x - gates.mean_over(x, axis=1, keepdims=True)
        normal = centred / (gates.mean_over(centred * centred, axis=1, keepdims=True) + 1e-5) ** 0.5
        return scale * normal + shift
    groups = 1 if architecture.normalization == "layer" else architecture.groups
    grouped = gates.reshape(x, shape=(count, rows, groups, units // groups))
    centred = grouped - gates.mean_over(grouped, axis=3, keepdims=True)
    normal = centred / (gates.mean_over(centred * centred, axis=3, keepdims=True) + 1e-5) ** 0.5
    if architecture.normalization == "instance":
        own = (count, 1, groups, 1)
        wide = gates.reshape(scale, shape=own) * normal + gates.reshape(shift, shape=own)
        return gates.reshape(wide, shape=(count, rows, units))
    flat = gates.reshape(normal, shape=(count, rows, units))
    return spread(scale, units) * flat + spread(shift, units)


def spread(values: Value, units: int) -> Value:
    """One value a unit, of one a channel: all positions of a channel have it."""
    return graph.gather(values, index=(..., np.repeat(np.arange(values.data.shape[2]), units // values.data.shape[2])))


def expected_loss(outputs: Value, targets: np.ndarray, name: str) -> Value:
    """Each row's loss, (count, rows), in small gates."""
    _count, _rows, classes = outputs.data.shape
    onehot = np.eye(classes)[targets] if targets.dtype.kind == "i" else targets
    if name == "cross_entropy":
        smoothing = SETTINGS["label_smoothing"][..., None]
        wanted = (1 - smoothing) * onehot + smoothing / classes
        log_total = graph.log(graph.sum_over(graph.exp(outputs), axis=2, keepdims=True))
        return graph.sum_over(wanted * (log_total - outputs), axis=2)
    if name == "hinge":
        right = graph.sum_over(outputs * onehot, axis=2, keepdims=True)
        excess = graph.maximum(outputs - right + SETTINGS["margin"][..., None], np.zeros(1))
        return graph.sum_over(excess * (1 - onehot), axis=2)
    difference = outputs - onehot
    if name == "mse":
        return gates.mean_over(difference * difference, axis=2)
    if name == "mae":
        return gates.mean_over(gates.absolute(difference), axis=2)
    delta = SETTINGS["huber_delta"][..., None]
    size = gates.absolute(difference)
    near = size - graph.maximum(size - delta, np.zeros(1))
    return gates.mean_over(near * (size - near / 2.0), axis=2)


def by_channel(size: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    """The places of values of one row, laid out in `size`, in the order of other axes."""
    return np.arange(np.prod(size)).reshape(size).transpose(axes).ravel()


def windows(height: int, width: int, kernel: int, stride: int, padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Which positions of a map a window sees at each of its places, and whether there are such: (places, kernel^2)."""
    inside = np.pad(np.arange(height * width).reshape(height, width), padding, constant_values=-1)
    seen = np.lib.stride_tricks.sliding_window_view(inside, (kernel, kernel))[::stride, ::stride]
    flat = seen.reshape(-1, kernel * kernel)
    return flat, flat >= 0


def convolve(
    output: Value, number: int, architecture: Architecture, values: dict[str, Value], leak: np.ndarray
) -> Value:
    """What a block makes of maps (count, rows, channels, positions), with all of its channels; in small gates."""
    block, passage = architecture.blocks[number - 1], architecture.passages[number - 1]
    (channels, height, width), filters = astuple(passage.given), block.filters
    count, rows = output.data.shape[:2]
    seen, there = windows(height, width, block.kernel, block.stride, block.padding)
    places = len(seen)
    patches = graph.gather(output, index=(..., seen)) * there  # (count, rows, channels, places, kernel^2)
    order = by_channel((channels, *seen.shape), (1, 0, 2))
    flat = graph.gather(gates.reshape(patches, shape=(count, rows, order.size)), index=(..., order))
    patches = gates.reshape(flat, shape=(count, rows * places, channels * seen.shape[1]))
    z = patches @ values[f"convolution{number}.weights"] + values[f"convolution{number}.bias"]

    def normalized(x: Value) -> Value:
        if architecture.normalization == "batch":
            return normalize(x, architecture, values, number)
        units = x.data.shape[2]
        there, back = by_channel((places, units), (1, 0)), by_channel((units, places), (1, 0))
        wide = graph.gather(gates.reshape(x, shape=(count, rows, places * units)), index=(..., there))
        wide = normalize(wide, architecture, values, number)
        return gates.reshape(graph.gather(wide, index=(..., back)), shape=(count, rows * places, units))

    if architecture.normalization != "none" and architecture.place == "before":
        z = normalized(z)
    a = activate(z, architecture, values, number, leak)
    if architecture.normalization != "none" and architecture.place == "after":
        a = normalized(a)
    turned = graph.gather(
        gates.reshape(a, shape=(count, rows, places * filters)), index=(..., by_channel((places, filters), (1, 0)))
    )
    maps = gates.reshape(turned, shape=(count, rows, filters, places))
    if block.pooling == "none":
        return maps
    size = block.pool_size
    seen, _ = windows(passage.filtered.height, passage.filtered.width, size, size, 0)
    pool = {"max": gates.max_over, "mean": gates.mean_over}[block.pooling]
    return pool(graph.gather(maps, index=(..., seen)), axis=4)


def expected(
    architecture: Architecture, flat: np.ndarray, x: np.ndarray, inverted: bool
) -> tuple[dict[str, Value], Value]:
    """The parameters and the outputs of a population in training, in small gates."""
    values = {name: Value(view) for name, view in architecture.views(flat).items()}
    leak = np.array(LEAKS).reshape(3, 1, 1)
    rates = np.array(RATES).reshape(3, 1, 1)
    noise = DRAWS.normal(0, *x.shape[-2:])
    output = Value(x + noise * rates)

    def drop(value: Value, part: int) -> Value:
        kept = (DRAWS.uniform(part, *value.data.shape[1:]) >= rates).astype(float)
        return value * (kept / (1 - rates) if inverted else kept)

    output = drop(output, 1)
    blocks, last = len(architecture.blocks), len(architecture.shapes)
    if blocks:
        image, (count, rows, _) = architecture.image, (3, *x.shape[-2:])
        output = output + np.zeros((count, 1, 1))  # a batch that networks share is each one's own
        given = (count, rows, image[2], image[0] * image[1])
        output = gates.reshape(graph.gather(output, index=(..., by_channel(image, (2, 0, 1)))), shape=given)
    for layer in range(1, blocks + 1):
        output = convolve(output, layer, architecture, values, leak)
        kept = (DRAWS.uniform(1 + layer, rows, output.data.shape[2]) >= rates).astype(float)
        output = output * (kept / (1 - rates) if inverted else kept)[..., None]
    if blocks:
        output = gates.reshape(output, shape=(count, rows, architecture.passages[-1].left.units))
    for layer in range(blocks + 1, last + 1):
        dense = f"dense{layer - blocks}"
        output = output @ values[f"{dense}.weights"] + values[f"{dense}.bias"]
        if layer == last:
            return values, output
        if architecture.normalization != "none" and architecture.place == "before":
            output = normalize(output, architecture, values, layer)
        output = activate(output, architecture, values, layer, leak)
        if architecture.normalization != "none" and architecture.place == "after":
            output = normalize(output, architecture, values, layer)
        output = drop(output, 1 + layer)
    raise AssertionError
