"""Random well-typed expressions over every operation of the registry, for property tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import symcalc.notation
import symcalc.operations  # noqa: F401
from symcalc.graph.dimensions import dimension
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, lookup
from symcalc.operations.arithmetic import power, times
from symcalc.operations.leaves import (
    basis,
    constant,
    dimension_number,
    eye,
    matrix,
    number,
    ones,
    scalar,
    vector,
    zeros,
)
from symcalc.operations.products import matmul
from symcalc.operations.structure.einsum import EINSUM, Contraction
from symcalc.operations.unknown import activation

#: Sizes differ pairwise, and one dimension is 1 only in numbers.
SIZES = {"n": 2, "m": 3, "k": 4, "o": 1}
DIMS = tuple(SIZES)
#: Elementwise functions of one operand that take any real number.
UNARY = sorted(
    {op.name for op in REGISTRY.values() if op.elementwise and op.arity[0] == 1 and op.domain[0] == "real"} - {"tan"}
)
#: Assumptions on vectors and on square matrices.
VECTOR_FACTS = "positive unit onehot simplex binary signs negative".split()
SQUARE_FACTS = (
    "symmetric spd skew orthogonal diagonal invertible posdet lower_triangular upper_triangular toeplitz".split()
)
Dim = str | int
Make = Callable[[], Any]


def op(name: str, *args: Any) -> Any:
    """An operation or macro applied."""
    return lookup(name)(*args)


class Generator:
    """Draws expressions of a wanted shape: a scalar, a vector of length n, a matrix n×m (dimensions by name).

    source: a seed, or a `random.Random` (hypothesis makes one that it can shrink).
    sharing: how often a subexpression that was drawn before is taken again.
    assumed: whether variables may bear assumptions.
    """

    def __init__(self, source: int | random.Random, depth: int = 4, *, sharing: float = 0.12, assumed: bool = False):
        self.random = source if isinstance(source, random.Random) else random.Random(source)
        self.depth = depth
        self.sharing = sharing
        self.assumed = assumed
        self.drawn: dict[tuple, list[Any]] = {}

    # -- drawing -------------------------------------------------------------------------------------------
    def _drawn(self, shape: tuple, makers: Callable[[], list[Make]]) -> Any:
        """One of the makers' expressions, or one of this shape from before."""
        before = self.drawn.setdefault(shape, [])
        if before and self.random.random() < self.sharing:
            return self.random.choice(before)
        made = self.random.choice(makers())()
        before.append(made)
        return made

    def dim(self) -> Dim:
        return self.random.choice(DIMS)

    def scalar(self, depth: int | None = None) -> Any:
        depth = self.depth if depth is None else depth
        if depth <= 0:
            return self.random.choice(self._scalar_leaves())()
        return self._drawn((), lambda: self._scalars(depth - 1))

    def vector(self, n: Dim, depth: int) -> Any:
        if depth <= 0:
            return self.random.choice(self._vector_leaves(n))()
        return self._drawn((n,), lambda: self._vectors(n, depth - 1))

    def matrix(self, n: Dim, m: Dim, depth: int) -> Any:
        if depth <= 0:
            return self.random.choice(self._matrix_leaves(n, m))()
        return self._drawn((n, m), lambda: self._matrices(n, m, depth - 1))

    def any_array(self, depth: int) -> Any:
        """A vector, a row, a matrix or a stacked matrix."""
        n, m = self.dim(), self.dim()
        kinds = [
            lambda: self.vector(n, depth),
            lambda: self.matrix(n, m, depth),
            lambda: self.vector(n, depth).T,
            lambda: self.stacked(n, m, depth),
            lambda: self.of_odd_shape(n, m, depth),
        ]
        return self.random.choices(kinds, (4, 4, 1, 1, 2))[0]()

    def of_odd_shape(self, n: Dim, m: Dim, depth: int) -> Any:
        """A convolution or a block matrix, whose sizes are sums."""
        signal, kernel = (lambda: self.stacked(n, m, depth)), (lambda: self.vector(n, depth))
        length = dimension(n) * dimension(m)
        A = lambda n, m: self.matrix(n, m, depth)
        return self.random.choice(
            [
                lambda: op("conv1d", signal(), kernel()),
                lambda: op("convolve", kernel(), self.vector(m, depth)),
                lambda: op("convolve", self.vector(m, depth), kernel()),
                lambda: op("conv_matrix", kernel(), length),
                lambda: op("hankel", signal(), dimension(n)),
                lambda: op("diagonal_sums", op("conv_matrix", kernel(), length)),
                lambda: op("diagonal_sums", op("hstack", A(n, n), A(n, m))),
                lambda: op("antidiagonal_sums", A(n, m)),
                lambda: matmul(op("antidiagonal_map", n, m), op("vec", A(n, m))),
                lambda: op("vstack", self.vector(n, depth), self.vector(m, depth)),
                lambda: op("block", [[A(n, n), A(n, m)], [A(m, n), A(m, m)]]),
                lambda: op("hstack", self.vector(n, depth), A(n, m), ones(n)),
                lambda: op("submatrix", op("sin", op("vstack", A(n, m), A(m, m))), 1, 0, dimension(n), dimension(m)),
                lambda: op("kronsum", A(n, n), A(m, m)),
            ]
        )()

    # -- leaves --------------------------------------------------------------------------------------------
    def _scalar_leaves(self) -> list[Make]:
        value = self.random.choice([1, 2, -1, 3, Fraction(1, 2), Fraction(-3, 4), 0])
        leaves: list[Make] = [lambda: scalar("s"), lambda: scalar("t")] * 3
        leaves += [
            lambda: number(value),
            lambda: matrix("E", 1, 1) + 0,
            lambda: vector("e", 1) + 0,
            lambda: dimension_number(dimension(self.dim())),
            lambda: constant(self.random.choice(["pi", "e"])),
        ]
        if self.assumed:
            leaves += [lambda: scalar("r", assume="positive"), lambda: scalar("q", assume="unit")]
        return leaves

    def _vector_leaves(self, n: Dim) -> list[Make]:
        leaves: list[Make] = [lambda: vector(f"x{n}", n), lambda: vector(f"y{n}", n)] * 3
        leaves += [
            lambda: ones(n),
            lambda: ones(n),
            lambda: zeros(n),
            lambda: basis(0, n),
            lambda: matrix(f"C{n}", n, 1) + zeros(n),
            lambda: (matrix(f"R{n}", 1, n) + zeros(1, n)).T,
        ]
        if self.assumed:
            fact = self.random.choice(VECTOR_FACTS)
            leaves += [lambda: vector(f"{fact}{n}", n, assume=fact)] * 5
            leaves += [lambda: basis(scalar("i", assume="integer"), n)] * (n != "o")
        return leaves

    def _matrix_leaves(self, n: Dim, m: Dim) -> list[Make]:
        leaves: list[Make] = [
            lambda: matrix(f"A{n}{m}", n, m),
            lambda: matrix(f"A{n}{m}", n, m),
            lambda: matrix(f"B{n}{m}", n, m),
            lambda: matrix(f"A{m}{n}", m, n).T,
            lambda: ones(n, m),
        ]
        if n == m:
            leaves += [lambda: eye(n)]
        if self.assumed:
            fact = self.random.choice(SQUARE_FACTS if n == m else ["onehotrows", "positive"])
            leaves += [lambda: matrix(f"{fact}{n}{m}", n, m, assume=fact)] * 4
        return leaves

    # -- scalars -------------------------------------------------------------------------------------------
    def _scalars(self, d: int) -> list[Make]:
        n, m, rng = self.dim(), self.dim(), self.random
        s, x, A = (
            (lambda: self.scalar(d)),
            (lambda n=n: self.vector(n, d)),
            (lambda n=n, m=m: self.matrix(n, m, d)),
        )
        return [
            lambda: matmul(x().T, x()),
            lambda: matmul(x().T, A(), x(m)),
            lambda: matmul(x(m).T, A().T, x()),
            lambda: op("dot", x(), self.turned(x())),
            lambda: op("sum", self.any_array(d)),
            lambda: op("mean", self.any_array(d)),
            lambda: op("frobenius", A(), A()),
            lambda: op("cosine_similarity", x() + 2, x() + 2),
            lambda: op("norm", self.positive(x()), rng.choice([1, 2, 3, Fraction(3, 2)])),
            lambda: op("mahalanobis", x() + 2, op("tanh", x()), matrix(f"spd{n}{n}", n, n, assume="spd")),
            lambda: op("tr", A(n, n)),
            lambda: op("tr", matmul(A(n, m), A(m, n))),
            lambda: s() + s(),
            lambda: s() - rng.choice([1, 2, Fraction(1, 3)]) * s(),
            lambda: s() * s(),
            lambda: self.function(s()),
            lambda: self.function(s()),
            lambda: s() / self.positive(s()),
            lambda: self.powered(s()),
            lambda: op("sqrt", self.positive(s())),
            lambda: op("log", self.positive(s())),
            lambda: op("norm2", self.any_array(d)) + 0,
            lambda: op("norm1", self.any_array(d)),
            lambda: op("logsumexp", self.any_array(d)),
            lambda: op("logdet", self.invertible(n, d)),
            lambda: op("det", self.invertible(n, d)),
            lambda: x()[rng.choice([0, -1]) if n != "o" else 0],
            lambda: A()[0, 0],
            lambda: self.cross_entropy(n, m, d),
            lambda: matmul(x().T, op("kron", x(n), matmul(x(m).T, x(m)))),
            lambda: op("kron_left", op("kron", x(), x(m)), x(m)).T @ x(),
        ]

    def cross_entropy(self, n: Dim, m: Dim, d: int) -> Any:
        """Of a softmax, or of probabilities, against targets that may be one-hot."""
        rng = self.random
        if rng.random() < 0.5:
            target = vector(f"onehot{n}", n, assume="onehot") if self.assumed else self.vector(n, d)
            return op("cross_entropy", op("softmax", self.vector(n, d)), target)
        target = matrix(f"onehotrows{n}{m}", n, m, assume="onehotrows") if self.assumed else self.matrix(n, m, d)
        return op("cross_entropy", op("softmax", self.matrix(n, m, d)), target)

    # -- vectors -------------------------------------------------------------------------------------------
    def _vectors(self, n: Dim, d: int) -> list[Make]:
        m, rng = self.dim(), self.random
        s, x, A = (
            (lambda: self.scalar(d)),
            (lambda n=n: self.vector(n, d)),
            (lambda n=n, m=m: self.matrix(n, m, d)),
        )
        return [
            lambda: matmul(A(), x(m)),
            lambda: matmul(A(), x(m)),
            lambda: matmul(x(m).T, A(m, n)).T,
            lambda: matmul(x(), x(m).T, x(m)),
            lambda: matmul(op("inv", self.invertible(n, d)), x()),
            lambda: x() + x(),
            lambda: x() - rng.choice([1, 2, Fraction(1, 3)]) * x(),
            lambda: 1 - x(),
            lambda: times(x(), x()),
            lambda: s() * x(),
            lambda: x() / self.positive(s()),
            lambda: op("divide", x(), self.positive(x())),
            lambda: op("hadamard", x(), x(), x()),
            lambda: self.powered(x()),
            lambda: self.function(x()),
            lambda: self.function(x()),
            lambda: self.function(x().T).T,
            lambda: op("softmax", x()),
            lambda: op("softmax", x().T).T,
            lambda: op("log_softmax", x()),
            lambda: (x().T + x().T).T,
            lambda: times(s(), x().T, x().T).T,
            lambda: op("diag", A(n, n)),
            lambda: self.normed(n, d),
            lambda: A()[:, 0],
            lambda: A(m, n)[0, :].T,
            lambda: op("kron", x(), s()),
            lambda: op("cumsum", x()),
            lambda: op("rowsum", A()),
            lambda: op("colsum", A(m, n)),
            lambda: lookup("mean")(A(), axis=1),
        ]

    def normed(self, n: Dim, d: int) -> Any:
        """A vector through layer or batch normalisation; gains, shifts and ε may be given."""
        name = self.random.choice(["layer_norm", "batch_norm"])
        more = [self.random.choice([self.vector(n, d), self.scalar(d)]) for _ in range(self.random.randrange(3))]
        if len(more) == 2 and self.random.random() < 0.3:
            more.append(self.positive(self.scalar(d)))
        return op(name, self.vector(n, d), *more)

    # -- matrices ------------------------------------------------------------------------------------------
    def _matrices(self, n: Dim, m: Dim, d: int) -> list[Make]:
        k, rng = self.dim(), self.random
        s, x, A = (
            (lambda: self.scalar(d)),
            (lambda n=n: self.vector(n, d)),
            (lambda n=n, m=m: self.matrix(n, m, d)),
        )
        makers: list[Make] = [
            lambda: matmul(A(n, k), A(k, m)),
            lambda: matmul(A(n, k), A(k, m)),
            lambda: matmul(A(n, k), op("diag", x(k)), A(k, m)),
            lambda: A() + A(),
            lambda: A() - A() / rng.choice([2, 3]),
            lambda: 1 - A(),
            lambda: times(A(), A()),
            lambda: s() * A(),
            lambda: op("divide", A(), self.positive(A())),
            lambda: self.powered(A()),
            lambda: matmul(x(), x(m).T),
            lambda: op("outer", x(), self.turned(x(m))),
            lambda: self.function(A()),
            lambda: self.function(A()),
            lambda: A(m, n).T,
            lambda: op(rng.choice(["softmax", "log_softmax"]), A()),
            lambda: op(rng.choice(["layer_norm", "batch_norm"]), A(), *[x(m) for _ in range(rng.randrange(3))]),
            lambda: op("kron", x(), x(m).T),
            lambda: op("kron", A(), s()),
            lambda: op("unvec", self.stacked(n, m, d), dimension(n), dimension(m)),
            lambda: op("kron_left", op("kron", A(), A(k, k)), A(k, k)),
            lambda: op("kron_right", op("kron", A(k, k), A()), A(k, k)),
            lambda: self.three_way(n, m, k, d),
            lambda: op(rng.choice(["tril", "triu", "toeplitz_sums"]), A()),
            lambda: lookup("cumsum")(A(), axis=rng.choice([0, 1])),
            lambda: matmul(op("hstack", A(n, k), A(n, n)), op("vstack", A(k, m), A(n, m))),
            lambda: op(
                "submatrix",
                matmul(op("vstack", A(k, k), A(n, k)), A(k, m)),
                dimension(k),
                0,
                dimension(n),
                dimension(m),
            ),
        ]
        if n == m:
            makers += [
                lambda: op("diag", x()),
                lambda: op("inv", self.invertible(n, d)),
                lambda: A(n, n) ** rng.choice([2, 3]),
                lambda: op("expm", op("tanh", A())),
                lambda: op("expm_frechet", op("tanh", A()), A()),
                lambda: op("tanh", A()) ** scalar("power", assume="integer"),
                lambda: op("matpow_frechet", op("tanh", A()), A(), scalar("power", assume="integer")),
                lambda: self.invertible(n, d) ** rng.choice([-1, -2, 0]),
            ]
        return makers

    def three_way(self, n: Dim, m: Dim, k: Dim, d: int) -> Any:
        """Three matrices that share an index, Σₖ Aᵢₖ Bⱼₖ Cᵢₖ: what matrix notation has no name for."""
        operands = (self.matrix(n, k, d), self.matrix(m, k, d), self.matrix(n, k, d))
        places = tuple((position, (1 if position == 1 else 0, 2)) for position in range(3))
        return EINSUM.make(operands, Contraction(((1, places, (0, 1)),), (dimension(n), dimension(m))))

    def stacked(self, n: Dim, m: Dim, d: int) -> Any:
        """A vector of length n·m."""
        k = self.dim()
        return self.random.choice(
            [
                lambda: op("vec", self.matrix(n, m, d)),
                lambda: matmul(op("kron", self.matrix(m, k, d), self.matrix(n, n, d)), op("vec", self.matrix(n, k, d))),
                lambda: op("kron", self.vector(m, d), self.vector(n, d)),
                lambda: matmul(op("commutation", m, n), op("vec", self.matrix(m, n, d))),
                lambda: matmul(op("antidiagonal_map", n, m).T, op("antidiagonal_sums", self.matrix(n, m, d))),
            ]
        )()

    # -- parts of all ranks --------------------------------------------------------------------------------
    def turned(self, x: Node) -> Any:
        """A vector as it is, or as a row."""
        return x.T if self.random.random() < 0.3 else x

    def function(self, operand: Any) -> Any:
        """An elementwise function, known or unknown, of one operand or several."""
        rng = self.random
        if rng.random() < 0.1:
            return activation(rng.choice("fg"))(operand)
        if rng.random() < 0.3:
            return self.of_several(operand)
        return op(rng.choice(UNARY), operand)

    def of_several(self, operand: Any) -> Any:
        """An elementwise function with further operands, scalars or arrays of the shape of the first."""
        rng, other = self.random, self.like(operand)
        name = rng.choice(["clip", "max", "min", "prelu", "leaky_relu", "elu", "threshold", "max", "tan"])
        if name == "clip":
            low = rng.choice([number(-1), other])
            return op("clip", operand, low, low + rng.choice([number(1), self.positive(other)]))
        if name in ("max", "min"):
            return op(name, *rng.choice([(operand, other), (other, operand), (operand, 0), (operand, other, 1)]))
        if name == "tan":
            return op("tan", op("tanh", operand))
        return op(name, operand, other)

    def like(self, operand: Any) -> Any:
        """A scalar, or a leaf in the shape of the operand."""
        rng = self.random
        if operand.ndim == 0 or rng.random() < 0.5:
            return rng.choice([scalar("s"), scalar("t"), number(Fraction(1, 2))])
        return rng.choice([times(scalar("t"), operand), op("sin", operand), ones(*operand.shape) - operand])

    def powered(self, base: Any) -> Any:
        """A power with a number, an expression or an array as exponent, or of a number."""
        rng = self.random
        kind = rng.randrange(6)
        if kind == 0:
            return op("square", base)
        if kind == 1:
            return power(base, rng.choice([2, 3, 4]))
        if kind == 2:
            return power(
                self.positive(base), rng.choice([-1, -2, Fraction(1, 2), Fraction(-3, 2), 1.5, Fraction(1, 3)])
            )
        if kind == 3:
            return power(self.positive(base), op("tanh", self.like(base)))
        if kind == 4:
            return power(rng.choice([number(2), self.positive(scalar("s"))]), op("tanh", base))
        return op("abs", base) + op("sqrt", self.positive(base))

    def positive(self, operand: Any) -> Any:
        """Something above 1/2 with the shape of the operand."""
        return self.random.choice(
            [op("softplus", operand) + 0.5, 1 + times(operand, operand), op("exp", op("tanh", operand)) + 0.25]
        )

    def invertible(self, n: Dim, depth: int) -> Any:
        """A well-conditioned square matrix."""
        if self.assumed and self.random.random() < 0.5:
            fact = self.random.choice(["spd", "posdet", "orthogonal"])
            return matrix(f"{fact}{n}{n}", n, n, assume=fact)
        return 3 * eye(n) + op("tanh", self.matrix(n, n, depth)) / 2
