"""Turn the notebooks' sources into executed notebooks:  python notebooks/build.py [names]

A notebook is kept twice: `NN_name.py` is what people edit and review (jupytext's percent format), `NN_name.ipynb` is
that source with the outputs of a run, for reading.  The tests run every source again and compare.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
#: What is shown as text and is the same on every run; pictures are not compared.
TEXTS = ("text/latex", "text/markdown", "text/plain")


def sources() -> list[Path]:
    """The sources of all notebooks, in their order."""
    return sorted(HERE.glob("[0-9][0-9]_*.py"))


def execute(source: Path) -> nbformat.NotebookNode:
    """The notebook of a source, executed in this folder; raises if a cell fails."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
        cell.metadata.clear()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    # A client without timings and with messages in order makes the same notebook on every run.
    NotebookClient(
        notebook, timeout=120, record_timing=False, coalesce_streams=True, resources={"metadata": {"path": str(HERE)}}
    ).execute()
    notebook.metadata.language_info = {"name": "python"}
    for output in [output for cell in notebook.cells for output in cell.get("outputs", [])]:
        leave_out_svg(output)
    return notebook


def leave_out_svg(output: nbformat.NotebookNode) -> None:
    """Of a picture in two formats a saved notebook keeps the PNG: SVG is hidden until a notebook is trusted."""
    data = output.get("data", {})
    if "image/png" in data:
        data.pop("image/svg+xml", None)


def texts(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """Each cell's source and its outputs as text; the digits of rounding errors are left out."""
    return [(cell.source, [plain(output) for output in cell.get("outputs", [])]) for cell in notebook.cells]


def plain(output: nbformat.NotebookNode) -> str:
    """One output as text."""
    data = output.get("data", {})
    text = output.get("text") or "\n".join(data[kind] for kind in TEXTS if kind in data)
    return re.sub(r"\d+(\.\d+)?e-\d+", "…", text)


def main(names: list[str]) -> None:
    """Build the notebooks whose names start so; all of them by default."""
    for source in sources():
        if not names or source.name.startswith(tuple(names)):
            nbformat.write(execute(source), source.with_suffix(".ipynb"))


if __name__ == "__main__":
    main(sys.argv[1:])
