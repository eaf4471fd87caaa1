"""Plots of activation functions: the curves, the convention at a kink, and errors."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symcalc as sc
from symcalc.errors import ArgumentError


def curves(axes):
    """The points of a curve, without axes and dots."""
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 2]
    return np.concatenate([line.get_xdata() for line in lines]), np.concatenate([line.get_ydata() for line in lines])


def dots(axes):
    """(x, y, filled) of the dots."""
    found = [line for line in axes.get_lines() if line.get_marker() == "o"]
    return sorted((float(d.get_xdata()[0]), float(d.get_ydata()[0]), d.get_markerfacecolor() != "white") for d in found)


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("tanh", np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
        ("relu", lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
        ("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1, 0.01)),
        ("softplus", lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_function_and_slope_side_by_side(name, value, slope):
    left, right = sc.plot_activation(name).figure.axes
    for axes, wanted in ((left, value), (right, slope)):
        x, y = curves(axes)
        assert x.min() == -4
        assert x.max() == 4
        np.testing.assert_allclose(y, wanted(x), atol=1e-6)


def test_the_convention_at_a_kink_is_marked():
    left, right = sc.plot_activation("relu").figure.axes
    assert dots(left) == []
    (filled, open_) = dots(right)
    assert filled == (0, 0, True)
    assert open_[1] == 1
    assert not open_[2]
    assert right.get_xlabel() == "slope 0 at x = 0"


def test_a_jump_of_the_function_is_marked():
    left, right = sc.plot_activation("sign").figure.axes
    assert [(y, filled) for _, y, filled in dots(left)] == [(-1, False), (0, True), (1, False)]
    assert dots(right) == []
    assert "no gradient flows" in right.get_xlabel().replace("\n", " ")


def test_several_kinks():
    _, right = sc.plot_activation("hard_tanh").figure.axes
    assert {x for x, _, _ in dots(right)} == {-1, 1}
    assert all(y == 0 for _, y, filled in dots(right) if filled)


def test_a_pole_is_no_kink():
    left, _ = sc.plot_activation("tan").figure.axes
    assert dots(left) == []
    assert np.nanmax(np.abs(curves(left)[1])) <= 8


def test_no_slope_where_there_is_no_value():
    _, right = sc.plot_activation("log").figure.axes
    x, y = curves(right)
    assert np.all(np.isnan(y[x < 0]))


def test_expressions_and_own_operations():
    x = sc.scalar("x")
    own = sc.define("hinge", lambda x: sc.max(x, 0) ** 2, elementwise=True)
    figure = sc.plot_activation(sc.prelu(x, 0.25), own, sc.clip(x, -1, 2)).figure
    prelu, _, hinge, slope, _, clip = figure.axes
    np.testing.assert_allclose(curves(prelu)[1][0], -1)
    np.testing.assert_allclose(curves(hinge)[1][-1], 16)
    np.testing.assert_allclose(curves(slope)[1][-1], 8)
    assert {x for x, _, _ in dots(clip)} == {-1, 2}


def test_picture_formats_and_words():
    picture = sc.plot_activation("relu", "tanh", span=(-2, 3))
    root = ET.fromstring(picture.svg())
    assert root.attrib["aria-label"] == picture.alt
    assert "relu(x) and its slope step(x) for x from −2 to 3; slope 0 at x = 0; tanh(x)" in picture.alt
    assert picture.png().startswith(b"\x89PNG")
    assert {"image/svg+xml", "image/png"} <= picture._repr_mimebundle_()[0].keys()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("rleu",), {}, r"no function 'rleu'; did you mean relu"),
        (("zzzzz",), {}, r"there are abs, arctan"),
        (("softmax",), {}, r"softmax is no elementwise function"),
        (("prelu",), {}, r"prelu takes 2 arguments.*sc\.prelu\(x, 0\.25\)"),
        ((), {}, r"needs the name of a function"),
        (("relu",), {"span": (1, 1)}, r"from a smaller number to a larger one"),
    ],
)
def test_errors(arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        sc.plot_activation(*arguments, **options)


def test_an_unknown_function_has_no_curve():
    with pytest.raises(ArgumentError, match="f has no values"):
        sc.plot_activation(sc.activation("f"))


def test_a_curve_has_one_variable():
    with pytest.raises(ArgumentError, match="one scalar variable"):
        sc.plot_activation(sc.scalar("x") * sc.scalar("y"))
