"""What differs between NumPy, JAX and PyTorch: module names, a few spellings, and the stable softmax family.

An operation's `code` is written with NumPy's names; a backend translates it.  Where that is not enough the
operation's `code_overrides[backend.name]` is used as it stands, or its `code` is a function
`(node, operands, backend) -> str` that asks the backend for `softmax`, `erf`, …
"""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache, lru_cache
from types import ModuleType
from typing import Any, ClassVar

from symcalc.errors import ArgumentError, MissingExtraError
from symcalc.evaluate.terms import marked, unmarked

_NP = re.compile(r"\bnp\.")
_ERF = re.compile(r"(?<![\w.])erf\(")

#: Functions written into the source when it uses them.
NUMPY_HELPERS: dict[str, str] = {
    "softmax": (
        "def softmax(z):\n"
        "    e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1, keepdims=True)\n"
    ),
    "log_softmax": (
        "def log_softmax(z):\n"
        "    z = z - z.max(axis=-1, keepdims=True)\n"
        "    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))\n"
    ),
    "logsumexp": ("def logsumexp(z):\n    top = np.max(z)\n    return top + np.log(np.sum(np.exp(z - top)))\n"),
    "erf": "erf = np.vectorize(math.erf, otypes=[float])\n",
}


@cache
def numpy() -> Any:
    """NumPy, loaded when numbers are first needed: making and printing expressions goes without."""
    return importlib.import_module("numpy")


class Backend:
    """NumPy; the other two differ by a few methods.  One object per generated function: it collects helpers."""

    name: ClassVar[str] = "numpy"
    module: ClassVar[str] = "np"
    import_line: ClassVar[str] = "import numpy as np"
    package: ClassVar[str] = "numpy"
    #: Names the source uses itself; a user's variable of that name gets an underscore.
    reserved: ClassVar[frozenset[str]] = frozenset({"np", "math", "int", "float"})

    def __init__(self) -> None:
        #: The functions written into the source in front of the main one, by name.
        self.helpers: dict[str, str] = {}

    # -- what an operation's `code` may ask for; each takes and returns source text --------------
    def helper(self, name: str, operand: str) -> str:
        """A call of one of the functions that are written into the source."""
        self.helpers[name] = NUMPY_HELPERS[name]
        return f"{name}({operand})"

    def written(self, name: str, source: str, *operands: str) -> str:
        """A call of a function whose source (in NumPy's names) is written in front of the main one."""
        self.helpers[name] = self.translate_source(source)
        return f"{name}({', '.join(operands)})"

    def translate_source(self, source: str) -> str:
        """A whole function in NumPy's names, in this backend's."""
        return source

    def define(self, name: str, template: str, count: int) -> str:
        """An elementwise function of `count` operands as a function in the source; the template of its call."""
        letters = ["x", "a", "b"][:count]
        body = template
        for k, letter in enumerate(letters):
            body = body.replace(f"{{{k}}}", letter)
        self.helpers[name] = f"def {name}({', '.join(letters)}):\n    return {body}\n"
        return f"{name}({', '.join(f'{{{k}}}' for k in range(count))})"

    def softmax(self, operand: str, ndim: int) -> str:
        """Softmax of a vector, or of each row of a matrix, without overflow."""
        return self.helper("softmax", operand)

    def log_softmax(self, operand: str, ndim: int) -> str:
        """The logarithm of softmax, without overflow."""
        return self.helper("log_softmax", operand)

    def logsumexp(self, operand: str) -> str:
        """log Σ exp over all entries, without overflow."""
        return self.helper("logsumexp", operand)

    def erf(self, operand: str) -> str:
        """The error function."""
        return self.helper("erf", operand)

    # -- spellings ------------------------------------------------------------------------------
    def translate(self, template: str) -> str:
        """A template in NumPy's names, in this backend's."""
        if "erf(" in template:  # NumPy has none
            self.helper("erf", "")
        return template

    def filled(self, what: str, sizes: str) -> str:
        """`np.ones(n)`, `np.zeros((n, m))`, `np.eye(n)` for the given sizes."""
        return f"{self.module}.{what}({sizes})"

    def sum_over(self, axis: int) -> str:
        """The template of a matrix summed over one axis."""
        return f"{{0}}.sum(axis={axis})"

    def whole_number(self) -> str:
        """The template of a scalar used as an index."""
        return "int({0})"

    def as_array(self) -> str:
        """The template that makes a Python number an array, where functions need one; `{0}` if they do not."""
        return "{0}"

    # -- running --------------------------------------------------------------------------------
    def load(self) -> ModuleType:
        """The package; `MissingExtraError` with the cure if it is not installed."""
        try:
            return importlib.import_module(self.package)
        except ImportError as error:
            raise MissingExtraError(
                f"backend={self.name!r} needs {self.package}, which is not installed: "
                f"pip install 'symcalc[{self.name}]' (or backend='numpy')"
            ) from error

    def array(self, value: Any) -> Any:
        """An argument as an array: floats and complex numbers as they are, integers as float64."""
        array = numpy().asarray(value)
        kind = array.dtype.kind
        if kind in "fc":
            return array
        if kind in "iub":
            return array.astype(float)
        raise TypeError(f"holds {array.dtype} values")

    def result(self, value: Any) -> Any:
        """A result that happens to be a Python number, as an array."""
        return numpy().float64(value) if isinstance(value, (int, float)) else value


class NumPyBackend(Backend):
    """NumPy."""


class JaxBackend(Backend):
    """JAX: the same source with `jnp`; traced arrays pass through, so `jax.jit` and `jax.grad` work."""

    name = "jax"
    module = "jnp"
    import_line = "import jax.numpy as jnp"
    package = "jax"
    reserved = frozenset({"jax", "jnp", "math", "int", "float"})

    def softmax(self, operand: str, ndim: int) -> str:
        return f"jax.nn.softmax({operand}, axis=-1)"

    def log_softmax(self, operand: str, ndim: int) -> str:
        return f"jax.nn.log_softmax({operand}, axis=-1)"

    def logsumexp(self, operand: str) -> str:
        return f"jax.nn.logsumexp({operand})"

    def erf(self, operand: str) -> str:
        return f"jax.scipy.special.erf({operand})"

    def translate(self, template: str) -> str:
        return _ERF.sub("jax.scipy.special.erf(", _NP.sub("jnp.", template))

    def translate_source(self, source: str) -> str:
        return _NP.sub("jnp.", source)

    def whole_number(self) -> str:
        return "{0}.astype(int)"

    def array(self, value: Any) -> Any:
        jnp = importlib.import_module("jax.numpy")
        jax = importlib.import_module("jax")
        array = value if isinstance(value, jax.Array) else super().array(value)
        array = jnp.asarray(array)
        return array if jnp.issubdtype(array.dtype, jnp.inexact) else array.astype(float)

    def result(self, value: Any) -> Any:
        return importlib.import_module("jax.numpy").asarray(float(value)) if isinstance(value, (int, float)) else value


class TorchBackend(Backend):
    """PyTorch: tensors in float64; functions of a Python number get a tensor of it."""

    name = "torch"
    module = "torch"
    import_line = "import torch"
    package = "torch"
    reserved = frozenset({"torch", "math", "int", "float"})

    def softmax(self, operand: str, ndim: int) -> str:
        return f"torch.softmax({operand}, dim=-1)"

    def log_softmax(self, operand: str, ndim: int) -> str:
        return f"torch.log_softmax({operand}, dim=-1)"

    def logsumexp(self, operand: str) -> str:
        return f"torch.logsumexp({operand}.ravel(), dim=0)"

    def erf(self, operand: str) -> str:
        return f"torch.erf({operand})"

    def translate(self, template: str) -> str:
        return _torch_template(_ERF.sub("torch.erf(", template))

    def translate_source(self, source: str) -> str:
        return _in_torch(source) + "\n"

    def filled(self, what: str, sizes: str) -> str:
        return f"torch.{what}({sizes}, dtype=torch.float64)"

    def sum_over(self, axis: int) -> str:
        return f"{{0}}.sum(dim={axis})"

    def as_array(self) -> str:
        return "torch.tensor({0}, dtype=torch.float64)"

    def array(self, value: Any) -> Any:
        torch = self.load()
        if isinstance(value, torch.Tensor):
            return value if value.is_complex() or value.dtype == torch.float64 else value.to(torch.float64)
        array = super().array(value)
        return torch.as_tensor(array if array.dtype.kind == "c" else array.astype(float))

    def result(self, value: Any) -> Any:
        torch = self.load()
        return torch.tensor(float(value), dtype=torch.float64) if isinstance(value, (int, float)) else value


BACKENDS: dict[str, type[Backend]] = {"numpy": NumPyBackend, "jax": JaxBackend, "torch": TorchBackend}


def backend_named(name: str) -> Backend:
    """A fresh backend by name; `ArgumentError` for a name that is none."""
    if name not in BACKENDS:
        raise ArgumentError(f"backend={name!r}: choose one of {', '.join(BACKENDS)}")
    return BACKENDS[name]()


# -- NumPy's spelling into torch's ------------------------------------------------------------------
_TORCH_NAMES = {"clip": "clamp", "concatenate": "cat", "arctan": "arctan", "power": "pow"}
_TENSORS_ONLY = {"logaddexp", "maximum", "minimum", "arctan2", "hypot", "copysign", "heaviside", "where"}


@lru_cache(maxsize=1024)
def _torch_template(template: str) -> str:
    if "np." not in template and "axis=" not in template and "keepdims" not in template:
        return template
    return unmarked(_in_torch(marked(template)))


def _in_torch(source: str) -> str:
    return ast.unparse(ast.fix_missing_locations(_ToTorch("torch").visit(ast.parse(source))))


class _Renamed(ast.NodeTransformer):
    """`np` under another name."""

    def __init__(self, module: str):
        self.module = module

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.module, node.ctx) if node.id == "np" else node


class _ToTorch(_Renamed):
    """Renames functions and keywords; constants become tensors where torch takes no numbers."""

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        node.arg = {"axis": "dim", "keepdims": "keepdim"}.get(node.arg or "", node.arg)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _is_constant(node):
            return _Renamed("math").visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        constant = [_is_constant(arg) for arg in node.args]
        self.generic_visit(node)
        if name in ("eye", "ones", "zeros"):
            node.keywords.append(ast.keyword("dtype", _float64()))
        if name in ("maximum", "minimum") and any(constant):
            bound = node.args[constant.index(True)]
            operand = node.args[constant.index(False)]
            return _call("clamp", [operand], **{"min" if name == "maximum" else "max": bound})
        if name == "where":  # two numbers would make a float32 tensor
            if constant[1] and constant[2]:
                node.args[1] = _tensor(node.args[1])
        elif name in _TENSORS_ONLY:
            node.args = [_tensor(arg) if fixed else arg for arg, fixed in zip(node.args, constant, strict=True)]
        if isinstance(node.func, ast.Attribute):
            node.func.attr = _TORCH_NAMES.get(name, name)
        return node


def _is_constant(node: ast.AST) -> bool:
    """Made of literals and NumPy's functions of literals alone?"""
    return all(
        not isinstance(part, ast.Name) or part.id in ("np", "torch") for part in ast.walk(node)
    ) and not isinstance(node, (ast.Slice, ast.Tuple))


def _call(name: str, args: list[ast.expr], **keywords: ast.expr) -> ast.Call:
    function = ast.Attribute(ast.Name("torch", ast.Load()), name, ast.Load())
    return ast.Call(function, args, [ast.keyword(key, value) for key, value in keywords.items()])


def _tensor(value: ast.expr) -> ast.Call:
    return _call("tensor", [value], dtype=_float64())


def _float64() -> ast.expr:
    return ast.Attribute(ast.Name("torch", ast.Load()), "float64", ast.Load())
