"""Pictures: well-formed, the same on every run, described in words, nothing on top of anything else."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import symcalc as sc
from symcalc.draw import extras, labels
from symcalc.draw.layers import Link, cells_of, columns_of, crossings, sort_columns
from symcalc.draw.layout import Box, arrange
from symcalc.draw.paint import Scene
from symcalc.errors import ArgumentError, MissingExtraError

SVG = "{http://www.w3.org/2000/svg}"


def lecture(run: bool = True):
    x, y, z = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
    graph = sc.Graph((x + y) * sc.max(y, z), name="f")
    if run:
        graph.forward(x=1, y=2, z=0)
        graph.backward()
    return graph


def deep(layers: int = 7, run: bool = True):
    """A network of 5 nodes a layer."""
    m = sc.dims("m")
    h = sc.vector("x", m)
    for k in range(layers):
        h = sc.tanh(sc.matrix(f"W{k}", m, m) @ h + sc.vector(f"b{k}", m))
    graph = sc.Graph(sc.sum(h))
    if run:
        rng = np.random.default_rng(0)
        shapes = {v.name: (2,) * len(v.shape) for v in graph.sources}
        graph.forward({name: rng.normal(size=shape) for name, shape in shapes.items()})
        graph.backward()
    return graph


def lstm():
    n, m = sc.dims("n m")
    x, h, c, u = sc.vector("x", m), sc.vector("h", n), sc.vector("c", n), sc.vector("u", n)
    W = [sc.matrix(f"W_{gate}", n, m) for gate in "ifgo"]
    U = [sc.matrix(f"U_{gate}", n, n) for gate in "ifgo"]
    b = [sc.vector(f"b_{gate}", n) for gate in "ifgo"]
    state, _ = sc.lstm_cell(x, h, c, W, U, b)
    return sc.Graph(u.T @ state)


GRAPHS = {"lecture": lecture, "names": lambda: lecture(run=False), "deep": deep, "lstm": lstm}


# -- the file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GRAPHS)
def test_svg_is_well_formed_and_complete(name):
    picture = GRAPHS[name]().draw()
    root = ET.fromstring(picture.svg())
    assert root.tag == f"{SVG}svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == picture.alt
    assert root.find(f"{SVG}title") is not None
    drawn = {symbol.attrib["id"] for symbol in root.iter(f"{SVG}symbol")}
    used = {use.attrib["href"].removeprefix("#") for use in root.iter(f"{SVG}use")}
    assert used
    assert used <= drawn
    assert not list(root.iter(f"{SVG}text")), "letters are outlines: no font is needed to show them"


def test_two_pictures_on_a_page_share_no_name():
    names = [
        {element.attrib["id"] for element in ET.fromstring(graph().draw().svg()).iter() if "id" in element.attrib}
        for graph in (lecture, deep)
    ]
    assert names[0]
    assert not names[0] & names[1]


def test_png_has_the_picture_s_size():
    picture = lecture().draw()
    data = picture.png()
    assert data.startswith(b"\x89PNG")
    width = int.from_bytes(data[16:20], "big")
    assert abs(width - 2 * picture.width) <= 2
    assert len(picture.png(scale=1)) < len(data)


def test_the_picture_is_not_blank():
    """Blue and orange are there, and most is paper."""
    image = pytest.importorskip("PIL.Image")
    import io

    pixels = np.asarray(image.open(io.BytesIO(lecture().draw().png())).convert("RGB")).reshape(-1, 3).astype(int)
    blue = (pixels[:, 2] > pixels[:, 0] + 80).mean()
    orange = (pixels[:, 0] > pixels[:, 2] + 80).mean()
    paper = (pixels.min(axis=1) > 250).mean()
    assert blue > 0.0005
    assert orange > 0.0005
    assert 0.6 < paper < 0.99


def test_notebooks_get_svg_and_png():
    data, metadata = lecture()._repr_mimebundle_()
    assert {"image/svg+xml", "image/png", "text/plain"} <= data.keys()
    assert metadata["image/png"]["width"] == round(lecture().draw().width)


def test_saved_by_the_ending_of_the_name(tmp_path):
    picture = lecture().draw()
    assert picture.save(tmp_path / "g.svg").read_text(encoding="utf-8") == picture.svg()
    assert picture.save(str(tmp_path / "g.PNG")).read_bytes() == picture.png()
    with pytest.raises(ArgumentError, match=r"saved as \.svg or \.png"):
        picture.save(tmp_path / "g.pdf")


def test_alternative_text():
    alt = lecture().draw().alt
    assert alt == (
        "Computational graph with 3 sources and 3 operations. sources: x = 1, y = 2, z = 0. "
        "forward: x + y = 3, max(y, z) = 2, f = (x + y) max(y, z) = 6. gradients: ∂f/∂x = 2, ∂f/∂y = 5, ∂f/∂z = 0"
    )
    assert "and 10 more" in deep().draw().alt


def test_names_with_marks_of_xml_are_harmless():
    x = sc.scalar("x_lt")
    ET.fromstring(sc.Graph(sc.max(x, 0) * 2).draw().svg())


CODE = """
import symcalc as sc, hashlib
n, m, k = sc.dims("n m k")
W, V, x, y = sc.matrix("W", n, m), sc.matrix("V", k, n), sc.vector("x", m), sc.vector("y", k)
graph = sc.Graph(-sc.log(y.T @ sc.softmax(V @ sc.relu(W @ x))) + sc.norm2(W)**2)
graph.forward(W=[[1, 2, 3], [4, 5, 6]], V=[[1, -1]] * 4, x=[1, 0, -1], y=[1, 0, 0, 0])
graph.backward()
pictures = [graph.draw(), *graph.frames(), sc.plot_activation("relu", "tanh")]
print(hashlib.sha256("".join(p.svg() for p in pictures).encode()).hexdigest())
"""


def test_the_same_on_every_run(capsys):
    env = {**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    other = subprocess.run(
        [sys.executable, "-c", CODE], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert other.returncode == 0, other.stderr
    exec(CODE, {})
    assert capsys.readouterr().out == other.stdout


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    def lost(name):
        raise ImportError(name)

    picture = lecture().draw()
    monkeypatch.setattr(extras.importlib, "import_module", lost)
    with pytest.raises(MissingExtraError, match=r"a PNG file needs resvg-py.*symcalc\[notebook\]"):
        picture.png()
    data, _ = picture._repr_mimebundle_()
    assert "image/svg+xml" in data


# -- where things stand ------------------------------------------------------------------------------------


def rectangles(layout, boxes):
    return [
        (place.x - box.before, place.y - box.above, place.x + box.after, place.y + box.below)
        for place, box in zip(layout.places, boxes, strict=True)
    ]


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 1e-6 and min(a[3], b[3]) - max(a[1], b[1]) > 1e-6


def assert_readable(layout, boxes, links):
    placed = rectangles(layout, boxes)
    assert not [pair for pair in combinations(range(len(placed)), 2) if overlap(*(placed[k] for k in pair))]
    for left, top, right, bottom in placed:
        assert left >= -1e-6
        assert top >= -1e-6
        assert right <= layout.width + 1e-6
        assert bottom <= layout.height + 1e-6
    # Straight parts of edges run beside the boxes of other nodes, not through them.
    for part in layout.segments:
        for start, end, y in ((part.start, part.bend, part.first), (part.reach, part.end, part.last)):
            for k, (left, top, right, bottom) in enumerate(placed):
                if k in (part.tail, part.head):
                    continue
                assert not (top < y < bottom and min(end, right) - max(start, left) > 1e-6), (part, k)
    # Each edge arrives once.
    arrivals = [(part.head, part.port) for part in layout.segments if part.head is not None]
    arrivals += [(jump.head, jump.port) for jump in layout.jumps if jump.head is not None]
    assert sorted(arrivals) == sorted((link.head, link.port) for link in links)


@st.composite
def graphs(draw):
    """Boxes in topological order, each fed by up to three earlier ones."""
    count = draw(st.integers(1, 40))
    boxes, links = [], []
    size = st.floats(10, 60)
    for k in range(count):
        tails = draw(st.lists(st.integers(0, k - 1), max_size=3)) if k else []
        ports = tuple(17.0 * i - 8.5 * (len(tails) - 1) for i in range(len(tails)))
        boxes.append(Box(draw(size), draw(size), 10 + draw(size), 10 + draw(size), ports))
        links += [Link(tail, k, port) for port, tail in enumerate(tails)]
    return boxes, links


@hypothesis_settings(max_examples=60)
@given(graphs(), st.sampled_from([250.0, 700.0, 1e6]))
def test_no_boxes_overlap_and_no_edge_runs_through_one(graph, width):
    boxes, links = graph
    assert_readable(arrange(boxes, links, width), boxes, links)


@pytest.mark.parametrize("name", GRAPHS)
def test_pictures_are_readable(name):
    graph = GRAPHS[name]()
    scene = Scene(graph, effects=True, width=1150)
    links = [Link(e.tail.number, e.head.number, scene.port[e]) for e in graph.edges]
    assert_readable(scene.layout, [sprite.box() for sprite in scene.sprites], links)
    assert scene.width < 1250


def test_edges_go_to_the_right():
    graph = deep()
    columns = columns_of(len(graph), [Link(e.tail.number, e.head.number, 0) for e in graph.edges])
    assert all(columns[e.tail.number] < columns[e.head.number] for e in graph.edges)


def test_sources_stand_before_their_first_use():
    graph = deep()
    columns = columns_of(len(graph), [Link(e.tail.number, e.head.number, 0) for e in graph.edges])
    for source in graph.sources:
        assert columns[source.number] == min(columns[use.head.number] for use in source.uses) - 1


def test_crossings_that_can_be_avoided_are():
    """Two chains that were interleaved do not cross."""
    links = [Link(0, 3, 0), Link(1, 2, 0), Link(2, 5, 0), Link(3, 4, 0)]
    grid = cells_of(columns_of(6, links), links)
    sort_columns(grid)
    assert crossings(grid) == 0


def test_long_graphs_are_continued_in_rows():
    narrow, wide = deep().draw(width=700), deep().draw(width=5000)
    assert narrow.width < 760 < wide.width
    assert narrow.height > 2 * wide.height


# -- numbers on pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (6.0, "6"), (-0.2, "-0.2"), (0.7310586, "0.731"), (1234.5, "1234"), (123456.0, r"1.23\cdot 10^{5}"),
        (-0.0, "0"), (1e-7, r"1\cdot 10^{-7}"), (float("inf"), r"\infty"), (float("nan"), r"\text{nan}"),
    ],
)  # fmt: skip
def test_numerals(value, written):
    assert labels.numeral(value) == written


def test_small_arrays_are_written_out_and_large_ones_by_their_size():
    column, row = sc.vector("x", 2), sc.vector("x", 2).T
    assert labels.rows(np.array([1.0, 2.0]), column) == [["1"], ["2"]]
    assert labels.rows(np.array([1.0, 2.0]), row) == [["1", "2"]]
    assert labels.is_small((3, 3))
    assert not labels.is_small((4, 4))
    assert labels.plain(np.zeros((7, 9))) == "7×9 array"


def test_signs_of_operations():
    x, y = sc.scalar("x"), sc.scalar("y")
    v = sc.vector("v", "n")

    def sign(node, places=None):
        return labels.sign(node, list(range(len(node.args))) if places is None else places)

    assert sign(x + y) == "+"
    assert sign(x * y) == r"\times"
    assert sign(sc.hadamard(v, v)) == r"\odot"
    assert sign(v.T @ v) == r"\cdot"
    assert sign(sc.tanh(x)) == r"\tanh"
    assert sign(sc.max(x, y)) == r"\max"
    assert sign(x**2, [0]) == r"\square^2"
    assert sign(2 * x, [1]) == r"2 \square"
    assert sign(sc.norm2(v)) == r"\lVert \square \rVert"
