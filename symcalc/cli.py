"""The command `symcalc`: reads the arguments, then loads the one command that is asked for.

Nothing here imports SymPy or NumPy, so that `symcalc --help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from traceback import print_exc

from symcalc import __version__
from symcalc.errors import SymcalcError

DONE, FAILED, BAD_INPUT = 0, 1, 2

_EXAMPLES = """examples:
  symcalc derive "u'*f(W*x + b)" --wrt W,b,x,u
  symcalc derive "norm2(A*x - b)" --wrt x --shape "A: m n" --format latex
  symcalc derive "u'*f(W*x + b)" --format html --output layer.html
  symcalc code "-log(y'*softmax(W*x))" --wrt W --assume "y: onehot" --backend jax
  symcalc check "log(det(X))" --assume "X: spd" --json
  symcalc draw "(x + y)*max(y, z)" --values "x=1, y=2, z=0" -o graph.svg
  symcalc verify ridge.toml "X^T(Xw - y) + \\lambda w"
  symcalc grade ridge.toml answers/ --format gradescope -o results/

exit status: 0 done or right, 1 a check failed or the answer is wrong, 2 bad input
"""


def build_parser() -> argparse.ArgumentParser:
    """The command line: commands on an expression (`derive`, `code`, `check`, `draw`), and `verify` and `grade`."""
    parser = argparse.ArgumentParser(
        prog="symcalc",
        description="Symbolic matrix calculus: gradients in textbook form, code, and numeric proof.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"symcalc {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    given = _expression_arguments()
    shared = _derivative_arguments(given)

    derive = commands.add_parser("derive", parents=[shared], help="derive gradients (or Jacobians) and check them")
    derive.add_argument(
        "--format",
        choices=["text", "latex", "markdown", "json", "html", "tex", "pdf"],
        default="text",
        help="the results (text, latex, markdown, json) or the whole derivation as a document (html, tex, pdf)",
    )
    derive.add_argument("-o", "--output", metavar="FILE", help="write to a file")
    derive.add_argument(
        "--style", choices=["chain", "backprop", "differential", "index"], help="how a document tells the derivation"
    )
    derive.add_argument("--detail", choices=["brief", "lecture", "full"], help="how much a document tells")
    derive.add_argument("--no-check", action="store_true", help="derive only, without the numeric check")

    code = commands.add_parser("code", parents=[shared], help="print a function that computes value and gradients")
    code.add_argument("--backend", choices=["numpy", "jax", "torch"], default="numpy")

    commands.add_parser("check", parents=[shared], help="compare the gradient with two-sided differences")

    draw = commands.add_parser("draw", parents=[given], help="draw the computational graph, with values and gradients")
    draw.add_argument(
        "--values", metavar="VALUES", help='arrays: "x=1, y=[1, 2], W=[[1, 2], [3, 4]]", or a JSON object'
    )
    draw.add_argument("-o", "--output", metavar="FILE", help="write a picture, .svg or .png (default: print a table)")
    draw.add_argument("--cost", action="store_true", help="count arithmetic operations (sizes by name: n=100)")

    _add_homework(commands)
    return parser


def _add_homework(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands on a problem."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("problem", metavar="PROBLEM", help="the problem, a JSON or TOML file (docs/homework.md)")
    shared.add_argument("--syntax", choices=["latex", "matlab", "python"], help="spelling of the answers")
    shared.add_argument("--json", action="store_true", help="print JSON (docs/json.md)")
    shared.add_argument("--debug", action="store_true", help="show where an error came from")

    verify = commands.add_parser("verify", parents=[shared], help="judge an answer, and say what is wrong with it")
    verify.add_argument(
        "answer", metavar="ANSWER", help="a text, a file (.tex .txt .m .py; lines are a derivation) or -"
    )
    verify.add_argument("--notation", metavar="FILE", help="JSON: what spellings of this answer stand for")
    verify.add_argument("--reveal", action="store_true", help="show the right answer")

    grade = commands.add_parser("grade", parents=[shared], help="judge the submissions of a class (docs/grading.md)")
    grade.add_argument("submissions", metavar="SUBMISSIONS", help="a folder with a file a student, a .csv or a .jsonl")
    grade.add_argument("--format", choices=["text", "json", "csv", "gradescope", "prairielearn"], default="text")
    grade.add_argument("-o", "--output", metavar="FILE", help="write the report (of several results.json: a folder)")
    grade.add_argument("--policy", metavar="FILE", help="JSON or TOML: what a verdict is worth")
    grade.add_argument("--plot", metavar="FILE", help="write a picture of the summary, .svg or .png")
    grade.add_argument("--time-limit", metavar="S", type=float, default=10.0, help="seconds for one answer (10)")
    grade.add_argument(
        "--memory-limit", metavar="MB", type=float, default=1024.0, help="for one answer (1024; 0: none)"
    )
    grade.add_argument("--workers", metavar="N", type=int, help="processes (default: one a core)")
    grade.add_argument("--resume", metavar="FILE", help="a journal, from which a run that was ended goes on")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="judge on a Dask cluster: tcp://host:port")


def _expression_arguments() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("expression", metavar="EXPR", help='the function, as in "u\'*f(W*x + b)"')
    shared.add_argument("--shape", metavar="SHAPES", default="", help='declared shapes: "W: n m; x: m; t: scalar"')
    shared.add_argument("--assume", metavar="FACTS", default="", help='what is known: "A: symmetric; y: onehot"')
    shared.add_argument("--syntax", choices=["matlab", "python"], default="matlab", help="spelling of EXPR")
    shared.add_argument("--json", action="store_true", help="print JSON (docs/json.md)")
    shared.add_argument("--debug", action="store_true", help="show where an error came from")
    return shared


def _derivative_arguments(given: argparse.ArgumentParser) -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False, parents=[given])
    shared.add_argument("--wrt", metavar="NAMES", help="variables, with commas between: W,b,x (default: all)")
    shared.add_argument(
        "--layout", choices=["numerator", "denominator", "shape"], help="order of axes (docs/conventions.md)"
    )
    shared.add_argument(
        "--structured", action="store_true", help="by the free entries of symmetric, skew, diagonal … variables"
    )
    return shared


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status (0 done or right, 1 a check failed, 2 bad input)."""
    arguments = build_parser().parse_args(_protected(sys.argv[1:] if argv is None else argv))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without ∂ and ᵀ is no reason to fail
    try:
        return import_module(f"symcalc.commands.{arguments.command}").run(arguments)
    except SymcalcError as error:
        if arguments.debug:
            print_exc()
        print(f"symcalc: {type(error).__name__}: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader went away (`symcalc … | head`): no traceback, and nothing left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _protected(argv: Sequence[str]) -> list[str]:
    """Arguments in which an expression may start with a minus: `-log(x)` is no bundle of options."""
    return [
        f" {word}" if word.startswith("-") and word[1:2] not in ("-", "") and word not in ("-h", "-o") else word
        for word in argv
    ]
