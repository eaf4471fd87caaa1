"""A picture: SVG that shows itself in a notebook, can be saved, and says in words what is on it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from symcalc.draw.extras import load
from symcalc.draw.typeset import Mark, number, placed
from symcalc.errors import ArgumentError, MissingExtraError

#: Pixels of a PNG for one unit of the picture: sharp on a screen with small pixels.
PNG_SCALE = 2


class Picture:
    """A finished picture.

    alt     what is on it, in words        width, height  its size in pixels
    svg()   the picture as SVG text        png()          the same as the bytes of a PNG file
    save(path)  writes a `.svg` or `.png` file
    """

    def __init__(self, svg: str, alt: str, width: float, height: float):
        self._svg, self.alt, self.width, self.height = svg, alt, width, height

    def svg(self) -> str:
        """The picture as SVG."""
        return self._svg

    def png(self, scale: float = PNG_SCALE) -> bytes:
        """The picture as a PNG file; `scale` is the number of pixels for one unit of the SVG."""
        resvg = load("resvg_py", "a PNG file")
        return bytes(resvg.svg_to_bytes(svg_string=self._svg, zoom=scale, skip_system_fonts=True))

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file; the name ends in `.svg` or `.png`.  Raises `ArgumentError` for other names."""
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif kind == ".png":
            path.write_bytes(self.png())
        else:
            raise ArgumentError(f"{path}: a picture is saved as .svg or .png; give the file one of these endings")
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/plain": self.alt, "image/svg+xml": self.svg()}
        try:
            data["image/png"] = base64.b64encode(self.png()).decode("ascii")
        except MissingExtraError:
            return data, {}  # SVG is enough where PNG cannot be made
        return data, {"image/png": {"width": round(self.width), "height": round(self.height)}}

    def __repr__(self) -> str:
        return f"<picture {self.width:.0f}×{self.height:.0f}: {self.alt}>"


class Canvas:
    """Where a picture is put together: shapes and marks are added, `picture` closes it."""

    def __init__(self) -> None:
        self._symbols: dict[str, str] = {}
        self._body: list[str] = []

    def add(self, element: str) -> None:
        """A piece of SVG."""
        self._body.append(element)

    def mark(self, mark: Mark, x: float, y: float) -> None:
        """A formula or words, the left end of the base line at (x, y)."""
        self._symbols.update(mark.symbols)
        self._body.append(placed(mark, x, y))

    def picture(self, width: float, height: float, title: str, alt: str) -> Picture:
        """The finished picture."""
        body = "".join([f"<defs>{''.join(self._symbols[name] for name in sorted(self._symbols))}</defs>", *self._body])
        # Several pictures may stand on one page, and an outline that is hidden with its picture is lost to the others.
        own = hashlib.sha256(body.encode()).hexdigest()[:8]
        body = re.sub(r'(\bid="|href="#)', rf"\g<1>p{own}-", body)
        size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(alt)} '
            f'style="max-width:100%;height:auto"><title>{escape(title)}</title><desc>{escape(alt)}</desc>'
            f'<rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>\n'
        )
        return Picture(svg, alt, width, height)
