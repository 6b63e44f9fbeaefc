"""The computational graph by hand: small graphs whose values and gradients fit on paper."""

import doctest
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mindgap.graph import gates, graph
from mindgap.graph.gates import FINE
from mindgap.graph.graph import GATES, Value


def test_add_distributes_the_gradient_to_both_inputs():
    a, b = Value(3.0), Value(-2.0)
    total = a + b
    total.backward(5.0)
    assert (total.data, a.gradient, b.gradient) == (1, 5, 5)


def test_multiply_swaps_its_inputs():
    a, b = Value(3.0), Value(-2.0)
    product = a * b
    product.backward(5.0)
    assert (product.data, a.gradient, b.gradient) == (-6, -10, 15)


def test_max_routes_the_gradient_to_the_larger_input_and_to_the_second_of_equals():
    a, b = Value([1.0, 4.0, 2.0]), Value([3.0, 0.0, 2.0])
    graph.maximum(a, b).backward([5.0, 6.0, 7.0])
    assert a.gradient.tolist() == [0, 6, 0]
    assert b.gradient.tolist() == [5, 0, 7]


def test_max_over_an_axis_routes_to_the_first_of_the_largest():
    x = Value([[1.0, 4.0, 4.0], [7.0, 0.0, 2.0]])
    largest = gates.max_over(x, axis=1)
    largest.backward([5.0, 6.0])
    assert largest.data.tolist() == [4, 7]
    assert x.gradient.tolist() == [[0, 5, 0], [6, 0, 0]]


def test_a_copied_value_sums_the_gradients_of_its_copies():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.gradient == 7


def test_a_value_used_again_further_on_waits_for_all_its_users():
    x = Value(2.0)
    y = x * x
    (y * x + y).backward()  # x^3 + x^2
    assert y.gradient == 3
    assert x.gradient == 16


def test_a_broadcast_value_sums_the_gradients_of_its_repetitions():
    x, bias = Value([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), Value([10.0, 20.0])
    (x * bias).backward()
    assert bias.gradient.tolist() == [9, 12]
    assert x.gradient.tolist() == [[10, 20]] * 3


def test_an_element_taken_twice_gets_both_gradients():
    x = Value([1.0, 2.0, 3.0])
    x[np.array([2, 0, 2])].backward([10.0, 20.0, 40.0])
    assert x.gradient.tolist() == [20, 0, 50]


def test_matmul_has_a_product_with_the_transposed_as_its_gradient():
    a, b = Value([[1.0, 2.0]]), Value([[3.0, 4.0], [5.0, 6.0]])
    product = a @ b
    product.backward([[1.0, 10.0]])
    assert product.data.tolist() == [[13, 16]]
    assert a.gradient.tolist() == [[43, 65]]
    assert b.gradient.tolist() == [[1, 10], [2, 20]]


@pytest.mark.parametrize("sigmoid", [gates.sigmoid, FINE["sigmoid"]])
def test_a_sigmoid_neuron_by_hand(sigmoid):
    weights, x, bias = Value([0.5, -1.0]), Value([2.0, 3.0]), Value(2 + math.log(4))
    output = sigmoid(weights[0] * x[0] + weights[1] * x[1] + bias)  # sigmoid(ln 4) = 1 / (1 + 1/4)
    output.backward()
    assert output.data == pytest.approx(0.8)
    assert bias.gradient == pytest.approx(0.16)  # 0.8 (1 - 0.8)
    assert weights.gradient == pytest.approx([0.32, 0.48])
    assert x.gradient == pytest.approx([0.08, -0.16])


def test_the_fine_neuron_shows_each_step_of_the_chain_rule():
    z = Value(math.log(4))
    order = FINE["sigmoid"](z).topological_order()
    order[-1].backward()
    steps = {value.gate: (float(value.data), float(value.gradient)) for value in order if value.inputs}
    assert [*steps] == ["multiply", "exp", "add", "divide"]
    assert steps["divide"] == pytest.approx((0.8, 1))
    assert steps["add"] == pytest.approx((1.25, -0.64))
    assert steps["exp"] == pytest.approx((0.25, -0.64))
    assert steps["multiply"] == pytest.approx((-math.log(4), -0.16))
    assert z.gradient == pytest.approx(0.16)


@pytest.mark.parametrize("loss", [gates.softmax_cross_entropy, FINE["softmax_cross_entropy"]])
def test_cross_entropy_by_hand(loss):
    logits, targets = Value(np.log([[1.0, 2.0, 5.0]])), Value([[0.0, 1.0, 0.0]])
    value = loss(logits, targets)
    value.backward()
    assert value.data == pytest.approx([math.log(4)])
    assert logits.gradient == pytest.approx(np.array([[0.125, -0.75, 0.625]]))
    assert targets.gradient == pytest.approx(np.log([[8, 4, 1.6]]))


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_a_coarse_gate_stays_finite_where_its_small_gates_overflow(name):
    coarse, fine = Value([-800.0]), Value([-800.0])
    with np.errstate(over="raise"):
        GATES[name](coarse).backward()
    with np.errstate(over="ignore", invalid="ignore"):
        FINE[name](fine).backward()
    assert coarse.gradient == 0
    assert np.isnan(fine.gradient)


def test_a_graph_may_be_deeper_than_pythons_stack():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1.0
    y.backward()
    assert (y.data, x.gradient) == (20_001, 1)


def test_freeing_a_deep_graph_is_no_recursion_either():
    code = (
        "from mindgap.graph.graph import Value\ny = Value(1.0)\n"
        "for _ in range(50_000): y = y * 1.0\n"
        "del y\nprint('freed')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "freed\n"


def test_backward_again_replaces_the_gradients():
    x = Value(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.gradient == 6


def test_what_the_output_does_not_depend_on_has_gradient_0():
    x, other = Value([1.0, 2.0]), Value([1.0, 2.0])
    graph.sum_over(x).backward()
    assert other.gradient.tolist() == [0, 0]


def test_a_leaf_is_a_copy_in_float64():
    array = np.array([1.0, 2.0])
    x = Value(array)
    array[:] = 9
    assert x.data.tolist() == [1, 2]
    assert Value(np.ones(2, np.float32)).data.dtype == np.float64


def test_operators_take_arrays_on_either_side():
    x, array = Value([[2.0, 4.0]]), np.array([[1.0], [3.0]])
    assert (array + x).data.tolist() == (x + array).data.tolist() == [[3, 5], [5, 7]]
    assert (array - x).data.tolist() == (-(x - array)).data.tolist() == [[-1, -3], [1, -1]]
    assert (array * x).data.tolist() == (x * array).data.tolist() == [[2, 4], [6, 12]]
    assert (array / x).data.tolist() == ((x / array) ** -1).data.tolist() == [[0.5, 0.25], [1.5, 0.75]]
    assert (x @ array).data.tolist() == [[14]]
    assert (array @ x).data.tolist() == [[2, 4], [6, 12]]


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\) for a value of shape \(2,\)"):
        Value([1.0, 2.0]).backward([1.0, 2.0, 3.0])


def test_matmul_refuses_vectors():
    with pytest.raises(ValueError, match="takes matrices"):
        Value([1.0, 2.0]) @ Value([[1.0], [2.0]])


def test_cross_entropy_refuses_another_number_of_classes():
    with pytest.raises(ValueError, match="logits of 3 classes and targets of 1"):
        gates.softmax_cross_entropy(np.zeros((2, 3)), np.ones((2, 1)))


def test_the_examples_of_the_docs_are_true():
    page = Path(__file__).parents[2] / "docs/graph.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert (failed, tried > 20) == (0, True)
