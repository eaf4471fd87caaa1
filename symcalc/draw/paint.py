"""The picture of a graph: forward values above the lines, gradients below, frames for each step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from symcalc.draw import labels
from symcalc.draw.effects import word
from symcalc.draw.layers import Link
from symcalc.draw.layout import CONNECTOR, Box, Layout, Segment, arrange
from symcalc.draw.picture import Canvas, Picture
from symcalc.draw.typeset import EMPTY, Mark, beside, formula, grid, number, words
from symcalc.notation import text

if TYPE_CHECKING:
    from symcalc.draw.graph import Edge, Graph, Vertex

#: Blue and vermilion of Okabe & Ito's palette, told apart by everyone; position (above, below) says the same.
FORWARD, BACKWARD = "#0072B2", "#C04A00"
INK, LINE, FAINT, PAPER, SOURCE = "#1a1a1a", "#555555", "#666666", "#ffffff", "#EAF3FA"
ACTIVE = "#FFF1C9"
NAME_SIZE, SIGN_SIZE, VALUE_SIZE, WORD_SIZE, CAPTION_SIZE = 14.0, 19.0, 12.0, 9.5, 11.5
LEAST_WITH_CAPTION = 460.0
MARGIN, RADIUS, PAD, STUB = 16.0, 16.0, 9.0, 24.0
#: Room between a line and what stands above and below it, between two inputs, and before an operation.
LIFT, PORT_GAP, FAN = 4.0, 17.0, 15.0
_SMALL_SIGNS = ("+", r"\times", r"\odot", r"\cdot")
#: Sources and operations listed in the alternative text.
_MOST_LISTED = 12


@dataclass(eq=False)
class Sprite:
    """A vertex as it is drawn: its body, what stands on the line behind it, and its inputs."""

    vertex: Vertex
    sign: Mark
    word: Mark
    above: Mark
    below: Mark
    shares: list[Mark] = field(default_factory=list)

    @property
    def half_width(self) -> float:
        return max(RADIUS, self.sign.width / 2 + PAD)

    @property
    def half_height(self) -> float:
        return max(RADIUS, self.sign.height / 2 + 5)

    @property
    def side(self) -> float:
        """How far body and word reach sideways."""
        return max(self.half_width, self.word.width / 2)

    @property
    def ports(self) -> tuple[float, ...]:
        """How far below the middle each input comes in."""
        places = [0.0]
        for share in self.shares[:-1]:
            places.append(places[-1] + max(PORT_GAP, LIFT + share.height + 3))
        middle = (places[0] + places[-1]) / 2
        return tuple(place - middle for place in places)

    @property
    def share_width(self) -> float:
        return max((share.width for share in self.shares), default=0.0)

    def box(self) -> Box:
        """Its extent, with all that stands around it."""
        label = max(self.above.width, self.below.width)
        fan = FAN if self.shares else 0.0
        ports = self.ports if self.shares else ()
        top = min(ports, default=0.0)
        bottom = max((p + LIFT + s.height for p, s in zip(ports, self.shares, strict=True)), default=0.0)
        return Box(
            before=self.side + fan + self.share_width,
            after=max(self.side + 6 + label + 6, self.half_width + STUB),
            above=max(self.half_height, LIFT + self.above.height, 6 - top),
            below=max(
                self.half_height + (self.word.height + 2 if self.word.width else 0), LIFT + self.below.height, bottom
            ),
            ports=ports,
        )


@dataclass(frozen=True)
class Visible:
    """What of a graph is shown: in a frame only what has been computed so far."""

    values: frozenset[int]
    gradients: frozenset[int]
    shares: frozenset[tuple[int, int]]
    active: int | None = None


@dataclass(frozen=True)
class Frame:
    """One step of a replay: a picture and a sentence.

    phase  "forward" or "backward"        step, steps  which of how many in this phase        caption  what happens
    """

    phase: str
    step: int
    steps: int
    caption: str
    picture: Picture

    def svg(self) -> str:
        return self.picture.svg()

    def png(self) -> bytes:
        return self.picture.png()

    def draw(self) -> Picture:
        """The picture."""
        return self.picture

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.picture._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return f"<{self.phase} {self.step} of {self.steps}: {self.caption}>"


def draw(graph: Graph, *, effects: bool, width: float) -> Picture:
    """The whole graph with everything that is known of it."""
    scene = Scene(graph, effects, width)
    return scene.picture(scene.everything(), alt=_alt(graph))


def frames(graph: Graph, *, width: float) -> Iterator[Frame]:
    """The steps of the forward pass, and of the backward pass if it was run."""
    scene = Scene(graph, True, width)
    shown = {vertex.number for vertex in graph.sources}
    forward = graph.operations
    for k, vertex in enumerate(forward, start=1):
        shown.add(vertex.number)
        visible = Visible(frozenset(shown), frozenset(), frozenset(), vertex.number)
        yield scene.frame("forward", k, len(forward), _forward_words(vertex), visible)
    if graph.output.gradient is None:
        return
    back = [vertex for vertex in reversed(forward) if vertex.gradient is not None]
    gradients, shares = {graph.output.number}, set()
    values = frozenset(shown)
    visible = Visible(values, frozenset(gradients), frozenset(), graph.output.number)
    yield scene.frame(
        "backward", 0, len(back), f"start at the output: ∂{_called(graph.output)}/∂{_called(graph.output)} = 1", visible
    )
    for k, vertex in enumerate(back, start=1):
        caption = [vertex.effect]
        for edge in vertex.inputs:
            if edge.gradient is not None:
                shares.add((edge.head.number, edge.place))
                back_here = [use for use in edge.tail.uses if (use.head.number, use.place) in shares]
                if len(back_here) == len([use for use in edge.tail.uses if use.gradient is not None]):
                    gradients.add(edge.tail.number)
                    caption += [edge.tail.branch] if edge.tail.branch else []
        visible = Visible(values, frozenset(gradients), frozenset(shares), vertex.number)
        yield scene.frame("backward", k, len(back), "; ".join(dict.fromkeys(caption)), visible)


class Scene:
    """The sprites of a graph in their places; the same for every frame."""

    def __init__(self, graph: Graph, effects: bool, width: float):
        self.graph = graph
        self.names = {vertex.expression: vertex.name for vertex in graph.nodes if vertex.name}
        self.sprites = [self._sprite(vertex, effects) for vertex in graph.nodes]
        # Inputs are counted from the top; constants take no place.
        self.port = {edge: k for vertex in graph.nodes for k, edge in enumerate(vertex.inputs)}
        links = [Link(edge.tail.number, edge.head.number, self.port[edge]) for edge in graph.edges]
        self.layout: Layout = arrange([sprite.box() for sprite in self.sprites], links, width - 2 * MARGIN)
        self.width = max(self.layout.width + 2 * MARGIN, 120.0)

    # -- what stands where -----------------------------------------------------------------------------
    def _sprite(self, vertex: Vertex, effects: bool) -> Sprite:
        places = [edge.place for edge in vertex.inputs]
        latex = labels.formula(vertex.expression, {}) if vertex.is_source else labels.sign(vertex.expression, places)
        told = word(vertex.expression, places) if effects and self.graph.has_gradient(vertex) else ""
        return Sprite(
            vertex,
            sign=formula(latex or r"\dots", SIGN_SIZE if latex in _SMALL_SIGNS else NAME_SIZE, INK),
            word=words(told, WORD_SIZE, FAINT) if told else EMPTY,
            above=self._above(vertex),
            below=self._below(vertex),
            shares=[self._share(edge) for edge in vertex.inputs],
        )

    def _above(self, vertex: Vertex) -> Mark:
        name = "" if vertex.is_source else self._written(vertex)
        if vertex.value is None:
            size = words(labels.size_words(vertex.shape), WORD_SIZE, FAINT) if vertex.shape else EMPTY
            return beside(formula(name, VALUE_SIZE, FORWARD) if name else EMPTY, size)
        if labels.is_small(vertex.value.shape):
            value = _array(vertex.value, vertex, FORWARD)
            equals = formula(f"{name} =", VALUE_SIZE, FORWARD) if name and vertex.name else EMPTY
            return beside(equals, value, gap=0.0)
        size = words(labels.size_words(vertex.value.shape), WORD_SIZE, FORWARD)
        return beside(formula(name, VALUE_SIZE, FORWARD) if name else EMPTY, size)

    def _written(self, vertex: Vertex) -> str:
        return labels.symbol(vertex.name) if vertex.name else labels.formula(vertex.expression, self.names)

    def _below(self, vertex: Vertex) -> Mark:
        if vertex.gradient is not None:
            return _array(vertex.gradient, vertex, BACKWARD)
        if vertex.value is not None or not vertex.name or not self.graph.has_gradient(vertex):
            return EMPTY
        if vertex is self.graph.output:
            return formula("1", VALUE_SIZE, BACKWARD)
        output = labels.symbol(self.graph.output.name)
        return formula(rf"\partial {output}/\partial {labels.symbol(vertex.name)}", VALUE_SIZE, BACKWARD)

    def _share(self, edge: Edge) -> Mark:
        """What comes back along one branch of several."""
        return EMPTY if edge.gradient is None or len(edge.tail.uses) < 2 else _array(edge.gradient, edge.tail, BACKWARD)

    def everything(self) -> Visible:
        """All values and gradients."""
        numbers = frozenset(vertex.number for vertex in self.graph.nodes)
        return Visible(numbers, numbers, frozenset((edge.head.number, edge.place) for edge in self.graph.edges))

    # -- drawing ------------------------------------------------------------------------------------------
    def frame(self, phase: str, step: int, steps: int, caption: str, visible: Visible) -> Frame:
        """A step of the replay."""
        title = f"{phase} {step} of {steps}: {caption}" if step else f"{phase}: {caption}"
        return Frame(phase, step, steps, caption, self.picture(visible, alt=title, caption=title))

    def picture(self, visible: Visible, alt: str, caption: str = "") -> Picture:
        """The drawing, with a caption below it."""
        canvas = Canvas()
        for segment in self.layout.segments:
            self._segment(canvas, segment)
        self._branches(canvas)
        self._jumps(canvas)
        for sprite in self.sprites:
            self._vertex(canvas, sprite, visible)
        width, bottom = self.width, self.layout.height + 2 * MARGIN
        if caption:
            width = max(width, LEAST_WITH_CAPTION)
            for line in textwrap.wrap(caption, int((width - 2 * MARGIN) / (0.56 * CAPTION_SIZE))):
                canvas.mark(words(line, CAPTION_SIZE, INK), MARGIN, bottom + CAPTION_SIZE / 2)
                bottom += CAPTION_SIZE * 1.5
        title = f"computational graph of {self.graph.output.name or text(self.graph.expression, limit=60)}"
        return canvas.picture(width, bottom, title, alt)

    def _segment(self, canvas: Canvas, part: Segment) -> None:
        x0, x1, x2, x3 = (x + MARGIN for x in (part.start, part.bend, part.reach, part.end))
        y0, y1 = part.first + MARGIN, part.last + MARGIN
        middle = (x1 + x2) / 2
        path = f"M{number(x0)} {number(y0)}H{number(x1)}C{number(middle)} {number(y0)} {number(middle)} {number(y1)} "
        canvas.add(_line(f"{path}{number(x2)} {number(y1)}H{number(x3)}"))
        if part.head is not None:
            self._into(canvas, part.head, part.port, x3)

    def _into(self, canvas: Canvas, head: int, port: int, x: float) -> None:
        """The last bit of an edge: past its share of the gradient to the rim of the operation, with an arrow."""
        sprite, place = self.sprites[head], self.layout.places[head]
        drop = sprite.ports[port]
        x_rim, y_rim = _rim(sprite, drop)
        x_rim, y_rim = place.x + MARGIN - x_rim, place.y + MARGIN + y_rim
        y = place.y + MARGIN + drop
        turn = place.x + MARGIN - sprite.side - FAN
        canvas.add(_line(f"M{number(x)} {number(y)}H{number(turn)}L{number(x_rim)} {number(y_rim)}"))
        canvas.add(_arrow(turn, y, x_rim, y_rim))

    def _branches(self, canvas: Canvas) -> None:
        """A dot where a line divides."""
        leaving: dict[tuple[float, float], int] = {}
        for part in self.layout.segments:
            key = (part.bend, part.first)
            leaving[key] = leaving.get(key, 0) + 1
        for jump in self.layout.jumps:
            key = (jump.x - CONNECTOR / 2, jump.y)
            if not jump.enters and key in leaving:
                leaving[key] += 1
        for (x, y), count in leaving.items():
            if count > 1:
                canvas.add(f'<circle cx="{number(x + MARGIN)}" cy="{number(y + MARGIN)}" r="2.6" fill="{LINE}"/>')

    def _jumps(self, canvas: Canvas) -> None:
        """Edges that go on in another row of columns: a letter at both ends."""
        tails = dict.fromkeys(jump.tail for jump in self.layout.jumps)
        letter = {tail: _letters(k) for k, tail in enumerate(tails)}
        for jump in self.layout.jumps:
            x, y, start = jump.x + MARGIN, jump.y + MARGIN, jump.start + MARGIN
            canvas.add(_line(f"M{number(start)} {number(y)}H{number(x)}"))
            if jump.enters and jump.head is not None:
                self._into(canvas, jump.head, jump.port, start)
            mark = words(letter[jump.tail], WORD_SIZE, INK)
            canvas.add(f'<circle cx="{number(x)}" cy="{number(y)}" r="7.5" fill="{PAPER}" stroke="{LINE}"/>')
            canvas.mark(mark, x - mark.width / 2, y + WORD_SIZE * 0.36)

    def _vertex(self, canvas: Canvas, sprite: Sprite, visible: Visible) -> None:
        vertex, place = sprite.vertex, self.layout.places[sprite.vertex.number]
        x, y = place.x + MARGIN, place.y + MARGIN
        if vertex is self.graph.output:
            self._way_out(canvas, sprite, x, y)
        self._body(canvas, sprite, x, y, visible.active == vertex.number)
        left = x + sprite.side + 6
        if vertex.number in visible.values:
            canvas.mark(sprite.above, left, y - LIFT - sprite.above.descent)
        if vertex.number in visible.gradients:
            canvas.mark(sprite.below, left, y + LIFT + sprite.below.ascent)
        for edge, share in zip(vertex.inputs, sprite.shares, strict=True):
            if share.width and (vertex.number, edge.place) in visible.shares:
                drop = y + sprite.ports[self.port[edge]] + LIFT + share.ascent
                canvas.mark(share, x - sprite.side - FAN - share.width, drop)

    def _way_out(self, canvas: Canvas, sprite: Sprite, x: float, y: float) -> None:
        end = x + sprite.box().after
        canvas.add(_line(f"M{number(x)} {number(y)}H{number(end)}"))
        canvas.add(_arrow(end - 10, y, end, y))

    def _body(self, canvas: Canvas, sprite: Sprite, x: float, y: float, active: bool) -> None:
        w, h = sprite.half_width, sprite.half_height
        source = sprite.vertex.is_source
        fill = ACTIVE if active else SOURCE if source else PAPER
        corner = 4.0 if source else h
        canvas.add(
            f'<g><title>{_title(sprite.vertex)}</title><rect x="{number(x - w)}" y="{number(y - h)}" '
            f'width="{number(2 * w)}" height="{number(2 * h)}" rx="{number(min(corner, w))}" fill="{fill}" '
            f'stroke="{INK}" stroke-width="1.2"/></g>'
        )
        sign = sprite.sign
        canvas.mark(sign, x - sign.width / 2, y + (sign.ascent - sign.descent) / 2)
        if sprite.word.width:
            canvas.mark(sprite.word, x - sprite.word.width / 2, y + h + 2 + sprite.word.ascent)


# -- small parts --------------------------------------------------------------------------------------------


def _array(value: Any, vertex: Vertex, color: str) -> Mark:
    """A value: a numeral, a small array, or the size of a large one."""
    if not labels.is_small(value.shape):
        return words(labels.size_words(value.shape), WORD_SIZE, color)
    if not value.ndim:
        return formula(labels.numeral(value), VALUE_SIZE, color)
    return grid(labels.rows(value, vertex.expression), VALUE_SIZE, color)


def _rim(sprite: Sprite, drop: float) -> tuple[float, float]:
    """Where an edge that comes in `drop` below the middle meets the body: how far left of and below the middle."""
    h = sprite.half_height
    y = max(-0.72 * h, min(0.72 * h, drop))
    inset = h - (h * h - y * y) ** 0.5  # the ends of the body are half circles
    return sprite.half_width - inset, y


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.2"/>'


def _arrow(x0: float, y0: float, x1: float, y1: float) -> str:
    """The head of an arrow at (x1, y1) that comes from (x0, y0)."""
    dx, dy = x1 - x0, y1 - y0
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    corners = [(x1, y1), (x1 - 7 * ux + 3 * uy, y1 - 7 * uy - 3 * ux), (x1 - 7 * ux - 3 * uy, y1 - 7 * uy + 3 * ux)]
    points = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    return f'<polygon points="{points}" fill="{LINE}"/>'


def _letters(k: int) -> str:
    """A, B, …, Z, AA, AB, …"""
    text_ = ""
    k += 1
    while k:
        k, rest = divmod(k - 1, 26)
        text_ = chr(ord("A") + rest) + text_
    return text_


def _called(vertex: Vertex) -> str:
    return vertex.name or text(vertex.expression, limit=60)


def _title(vertex: Vertex) -> str:
    parts = [text(vertex.expression, limit=120), vertex.effect, vertex.branch]
    return escape("; ".join(part for part in parts if part))


def _forward_words(vertex: Vertex) -> str:
    value = labels.plain(vertex.value)
    written = text(vertex.expression, limit=80)
    return f"{vertex.name} = {written} = {value}" if vertex.name else f"{written} = {value}"


def _alt(graph: Graph) -> str:
    """The graph in words: what flows in, what is computed, what comes back."""
    inputs = [_with_value(vertex) for vertex in graph.sources]
    steps = [_with_value(vertex) for vertex in graph.operations]
    found = [
        f"∂{_called(graph.output)}/∂{v.name} = {labels.plain(v.gradient)}"
        for v in graph.sources
        if v.gradient is not None
    ]
    parts = [f"Computational graph with {_counted(len(inputs), 'source')} and {_counted(len(steps), 'operation')}"]
    parts += [
        f"{what}: {_listed(items)}"
        for what, items in (("sources", inputs), ("forward", steps), ("gradients", found))
        if items
    ]
    return ". ".join(parts)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _with_value(vertex: Vertex) -> str:
    written = text(vertex.expression, limit=60)
    called = f"{vertex.name} = {written}" if vertex.name and not vertex.is_source else written
    return called if vertex.value is None else f"{called} = {labels.plain(vertex.value)}"


def _listed(items: list[str]) -> str:
    more = len(items) - _MOST_LISTED
    return ", ".join(items[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
