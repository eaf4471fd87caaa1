"""The sheet of identities: every line has a name that derivations cite, and examples that the tests sample.

An example takes a `Letters` object (variables of pairwise different sizes) and returns an expression to which
the identity applies; the tests check that it is used there and that both sides agree in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symcalc.graph.dimensions import dimension
from symcalc.graph.operation import lookup
from symcalc.operations.arithmetic import power, times
from symcalc.operations.leaves import basis, dimension_number, eye, matrix, ones, scalar, vector
from symcalc.operations.products import matmul
from symcalc.operations.structure.einsum import EINSUM, Contraction


class Letters:
    """Variables for examples: scalars s t, vectors, and matrices whose sizes all differ (n, m, k)."""

    s, t = scalar("s"), scalar("t")
    positive = scalar("r", assume="positive")
    u, v, w = vector("u", "n"), vector("v", "n"), vector("w", "n")
    x, y = vector("x", "m"), vector("y", "m")
    onehot = vector("o", "n", assume="onehot")
    binary = vector("z", "n", assume="binary")
    signs = vector("q", "n", assume="signs")
    A, B = matrix("A", "n", "m"), matrix("B", "n", "m")
    C = matrix("C", "m", "k")
    P = matrix("P", "n", "m", assume="onehotrows")
    X, Y = matrix("X", "n", "n"), matrix("Y", "n", "n")
    S, M = matrix("S", "n", "n", assume="symmetric"), matrix("M", "n", "n", assume="symmetric")
    Q, R = matrix("Q", "n", "n", assume="orthogonal"), matrix("R", "n", "n", assume="skew")
    one, I = ones("n"), eye("n")

    def __getattr__(self, name: str) -> Any:
        """Operations by name, as in `L.diag(L.v)`."""
        return lookup(name.rstrip("_"))


Example = Callable[[Letters], Any]


@dataclass(frozen=True)
class Identity:
    """A named identity: `statement` is what a derivation prints."""

    name: str
    statement: str
    examples: tuple[Example, ...]


SHEET: dict[str, Identity] = {}


def _stacked(letters: Letters) -> Any:
    """A vector as long as vec(A) that is no stack to the eye."""
    return lookup("exp")(lookup("vec")(letters.A))


def _outer_array(vector: Any, matrix: Any) -> Any:
    """The array of rank 3 with the entries vᵢ Aⱼₖ."""
    form = Contraction(((1, ((0, (0,)), (1, (1, 2))), (0, 1, 2)),), (vector.shape[0], *matrix.shape))
    return EINSUM.make((vector, matrix), form)


def _line(name: str, statement: str, *examples: Example) -> None:
    SHEET[name] = Identity(name, statement, examples)


# sums and elementwise products
_line("like terms", "a X + b X = (a + b) X", lambda L: 2 * L.v + L.w - 5 * L.v)
_line(
    "common factor",
    "a x + a y = a (x + y)",
    lambda L: 2 * L.v - 4 * L.w,
    lambda L: times(L.u, L.v) - times(L.u, L.w),
    lambda L: L.s * L.v / L.t + L.w / L.t,
    lambda L: times(L.u, L.v) + L.u,
)
_line(
    "a x + b x = (a + b) x",
    "a x + b x = (a + b) x",
    lambda L: L.s * L.v + L.t * L.v - L.w,
    lambda L: L.I - L.u @ L.v.T - (L.v.T @ L.v) * L.I,
    lambda L: L.s * L.one + L.v - L.one,
)
_line(
    "common matrix factor",
    "A x + B x = (A + B) x",
    lambda L: L.A @ L.x + L.B @ L.x,
    lambda L: L.A.T @ L.u - L.A.T @ L.X @ L.v,
)
_line(
    "A + A u vᵀ = A (I + u vᵀ)",
    "A + A u vᵀ = A (I + u vᵀ)",
    lambda L: L.A.T - matmul(L.A.T, L.u, L.v.T),
    lambda L: 2 * L.A + matmul(L.u, L.v.T, L.A) / L.s,
)
_line(
    "multiply out where terms cancel",
    "(1 − y) ∘ p − y ∘ (1 − p) = p − y",
    lambda L: times(L.one - L.u, L.v) - times(L.u, L.one - L.v),
    lambda L: L.s * (L.s + L.t) - L.s * L.t,
)
_line(
    "common denominator",
    "a − b ⊘ c = (a ∘ c − b) ⊘ c, where the numerator gets shorter",
    lambda L: L.s - L.t * L.s**2 / (1 + L.s * L.t),
    lambda L: L.s / L.t - (1 - L.s) / (1 - L.t),
)
_line(
    "a (b/a + c) = b + a c",
    "a ∘ (b ⊘ a + c) = b + a ∘ c",
    lambda L: L.s * (1 / L.s + L.t),
    lambda L: times(L.exp(L.v), times(L.u, L.exp(-L.v)) + L.w),
    lambda L: 1 / (L.s * (1 + L.t / L.s)),
)
_line("sign of a difference", "−(a − b) = b − a", lambda L: -(L.v - L.w), lambda L: -times(L.u, L.v - L.w))
_line("powers of one base", "aᵖ ∘ a𐞥 = aᵖ⁺𐞥", lambda L: times(L.v, L.v), lambda L: L.s**3 / L.s)
_line(
    "product of opposite differences",
    "(a − b) ∘ (b − a) = −(a − b)²",
    lambda L: times(L.u - L.v, L.v - L.u),
    lambda L: times(L.s - 1, power(1 - L.s, -1)),
    lambda L: times(L.w, power(L.u - L.v, 2), power(L.v - L.u, -3)),
)
_line("power of a power", "(aᵖ)𐞥 = aᵖ𐞥", lambda L: (L.s**3) ** 2, lambda L: power(L.positive**3, 0.5))
_line("power of a product", "(a ∘ b)ᵖ = aᵖ ∘ bᵖ", lambda L: power(times(L.v, L.w), 3), lambda L: power(4 * L.s, 0.5))
_line("power of an exponential", "exp(a)ᵖ = exp(p a)", lambda L: L.exp(L.s) ** 3, lambda L: 1 / L.exp(L.s))
_line("product of exponentials", "exp(a) exp(b) = exp(a + b)", lambda L: L.exp(L.s) * L.exp(L.t))
_line("even power of an absolute value", "|a|² = a²", lambda L: power(L.abs(L.v), 2))
_line("even power of signs", "y ∘ y = 1 for y = ±1", lambda L: power(L.signs, 2))
_line("power of a 0/1 vector", "y ∘ y = y for y in {0, 1}", lambda L: power(L.binary, 3))
_line("one-hot product", "y ∘ p = (yᵀp) y for one-hot y", lambda L: times(L.onehot, L.v))
_line("power of an entry", "(yᵀa)² = yᵀa² for one-hot y", lambda L: power(matmul(L.onehot.T, L.v), 2))
_line(
    "product of two entries",
    "(yᵀa) (yᵀb) = yᵀ(a ∘ b) for one-hot y",
    lambda L: times(matmul(L.onehot.T, L.v), matmul(L.onehot.T, lookup("tanh")(L.v))),
)
_line(
    "distribute a one-hot product",
    "p ∘ (a − y) = p ∘ a − (yᵀp) y for one-hot y",
    lambda L: times(L.v, L.w - 2 * L.onehot),
)
_line(
    "elementwise product with a diagonal matrix",
    "A ∘ diag(v) = diag(v ∘ diag(A))",
    lambda L: times(L.X, L.I),
    lambda L: times(L.X, L.diag(L.v)),
)

_line(
    "(u 𝟏ᵀ) ∘ A = diag(u) A",
    "(u 𝟏ᵀ) ∘ A = diag(u) A, (𝟏 vᵀ) ∘ A = A diag(v)",
    lambda L: times(L.u @ ones("m").T, L.A),
    lambda L: times(L.A, L.one @ L.x.T, L.B),
)
_line(
    "(diag(u) A) ∘ B = diag(u) (A ∘ B)",
    "(diag(u) A diag(v)) ∘ B = diag(u) (A ∘ B) diag(v)",
    lambda L: times(matmul(L.diag(L.u), L.A, L.diag(L.x)), L.B),
)
_line("xᵀx = ‖x‖²", "xᵀx = ‖x‖²", lambda L: L.sqrt(L.v.T @ L.v), lambda L: (L.v.T @ L.v) / L.norm2(L.v))
_line(
    "sinh(x)/cosh(x) = tanh(x)",
    "sinh(x)/cosh(x) = tanh(x), sin(x)/cos(x) = tan(x)",
    lambda L: times(L.sinh(L.v), power(L.cosh(L.v), -1)),
    lambda L: times(L.u, power(L.sin(L.v), 2), power(L.cos(L.v), -3)),
)
_line("x step(x) = relu(x)", "x step(x) = relu(x)", lambda L: times(L.v, L.u, L.step(L.v)))
_line(
    "x sign(x) = |x|",
    "x sign(x) = |x|, |x| sign(x) = x",
    lambda L: times(L.v, L.sign(L.v), L.u),
    lambda L: times(L.sign(L.v), power(L.abs(L.v), -1), L.u),
    lambda L: times(power(L.v, 3), L.sign(L.v)),
)
_line("powers of an indicator", "step(x)² = step(x)", lambda L: times(L.step(L.v), L.u, L.step(L.v)))
_line(
    "step(x) ∘ f(max(x, 0)) = step(x) ∘ f(x)",
    "step(x) ∘ f(max(x, 0)) = step(x) ∘ f(x)",
    lambda L: times(L.step(-L.v), L.exp(L.min(L.v, 0))),
    lambda L: times(L.relu(L.v), L.step(L.v)),
)

# matrix products
_line(
    "(u vᵀ) ∘ A = diag(u) A diag(v)",
    "(u vᵀ) ∘ A = diag(u) A diag(v), inside a product",
    lambda L: matmul(L.X, times(L.u @ L.x.T, L.A), L.C),
    lambda L: times(matmul(L.X, L.u, L.y.T), L.A) @ L.x,
)
_line(
    "(c I + u vᵀ) M",
    "(c I + u vᵀ) M = c M + u vᵀ M",
    lambda L: (L.I + matmul(L.S, L.v, L.v.T)) @ L.S,
    lambda L: L.A.T @ (L.s * L.I + L.u @ L.v.T),
)
_line(
    "xᵀ (A + Aᵀ) x = 2 xᵀ A x",
    "xᵀ (A + Aᵀ) x = 2 xᵀ A x",
    lambda L: matmul(L.v.T, L.X + L.X.T, L.v),
    lambda L: matmul(L.x.T, L.A.T, L.X.T - L.Y + L.X, L.A, L.x),
)
_line(
    "sign of two differences",
    "(a − b) (b − a)ᵀ = −(a − b) (a − b)ᵀ",
    lambda L: (L.u - L.v) @ (L.v - L.u).T,
)
_line(
    "A (c B + u vᵀ B) = A (c I + u vᵀ) B",
    "A (c B + u vᵀ B) = A (c I + u vᵀ) B",
    lambda L: L.A.T @ (L.s * L.A + matmul(L.u, L.v.T, L.A)),
    lambda L: matmul(L.X, L.t * L.B + matmul(L.B, L.x, L.y.T), L.C),
)
_line("(u ⊘ v)ᵀ v = sum(u)", "(u ⊘ v)ᵀ v = sum(u)", lambda L: times(L.u, 1 / L.s, power(L.v, -1)).T @ L.v)
_line(
    "determinant of a power",
    "det(A⁻¹) = 1/det(A), det(A²) = det(A)²",
    lambda L: L.det(L.X @ L.X @ L.X),
    lambda L: L.det(L.inv(L.X)),
    lambda L: L.logdet(L.X @ L.X),
)
_line(
    "(c I + A) B + d B",
    "(c I + A) B + d B = ((c + d) I + A) B, A (b + c) + b + c = (A + I) (b + c)",
    lambda L: (2 * L.I - L.X) @ L.A - L.A,
    lambda L: L.A.T @ (L.X - L.I) + 3 * L.A.T + L.B.T,
    lambda L: L.X @ (2 * L.v - L.w) + 4 * L.v - 2 * L.w + L.u,
)
_line(
    "(c I + u vᵀ)²",
    "(c I + u vᵀ)² = c² I + (2 c + vᵀu) u vᵀ",
    lambda L: (L.I - L.one @ L.one.T / dimension_number("n")) ** 2,
    lambda L: (L.I - L.onehot @ L.onehot.T) @ (L.I - L.onehot @ L.onehot.T) @ L.A,
)
_line("product with the identity", "I A = A", lambda L: L.I @ L.A)
_line(
    "scalars to the front",
    "a (bᵀc) dᵀ = (bᵀc) a dᵀ",
    lambda L: matmul(L.u, L.v.T, L.w, L.x.T),
)
_line(
    "diag(v) w = v ∘ w",
    "diag(v) w = v ∘ w",
    lambda L: L.diag(L.v) @ L.w,
    lambda L: matmul(L.u.T, L.diag(L.v), L.A),
    lambda L: matmul(L.diag(L.v), L.w, L.x.T),
)
_line("diag(u) diag(v) = diag(u ∘ v)", "diag(u) diag(v) = diag(u ∘ v)", lambda L: L.diag(L.u) @ L.diag(L.v))
_line(
    "diag(v) (I + a bᵀ)",
    "diag(v) (I + a bᵀ) = diag(v) + (v ∘ a) bᵀ",
    lambda L: L.diag(L.v) @ (L.I - L.u @ L.w.T),
    lambda L: (2 * L.I + L.u @ L.w.T) @ L.diag(L.v),
)
_line(
    "A⁻¹ A = I",
    "A⁻¹ A = I",
    lambda L: matmul(L.inv(L.X), L.X, L.A),
    lambda L: L.X**3 @ L.inv(L.X),
    lambda L: matmul(L.inv(L.A @ L.A.T), L.A, L.A.T, L.X),
)
_line(
    "(I − A B⁻¹) B = B − A",
    "(I − A B⁻¹) B = B − A",
    lambda L: (L.I - L.X @ L.inv(L.Y)) @ L.Y,
    lambda L: L.inv(L.X).T @ (2 * L.I + L.s * (L.Y @ L.X).T).T.T,
    lambda L: (L.I - L.Y @ L.inv(L.X)).T @ L.inv(L.Y).T,
)
_line("QᵀQ = I", "QᵀQ = I for orthogonal Q", lambda L: matmul(L.Q.T, L.Q, L.A), lambda L: matmul(L.Q, L.Q.T, L.A))
_line("Q⁻¹ = Qᵀ", "Q⁻¹ = Qᵀ for orthogonal Q", lambda L: L.inv(L.Q))
_line("1ᵀ v = sum(v)", "𝟏ᵀv = sum(v)", lambda L: L.one.T @ L.v, lambda L: L.v.T @ L.one)
_line("1ᵀ A 1 = sum(A)", "𝟏ᵀA𝟏 = sum(A)", lambda L: matmul(L.one.T, L.A, ones("m")))
_line("a scalar is its own transpose", "bᵀAᵀc = cᵀA b", lambda L: matmul(L.x.T, L.A.T, L.v))

_line(
    "sum of index forms",
    "a Aᵢₖ Bⱼₗ + b Aᵢₖ Bⱼₗ = (a + b) Aᵢₖ Bⱼₗ",
    lambda L: 2 * _outer_array(L.v, L.A) + _outer_array(L.w, L.B) / 3,
    lambda L: _outer_array(L.v, L.A) - 3 * (_outer_array(L.w, L.B) + 2 * _outer_array(L.v, L.A)),
)

# transposes
_line("transpose of a transpose", "(Aᵀ)ᵀ = A", lambda L: (L.one @ L.v.T @ L.X).T.T.T @ L.u + (L.X.T + L.Y.T).T @ L.v)
_line(
    "transpose of a product",
    "(A B)ᵀ = Bᵀ Aᵀ",
    lambda L: (L.A @ L.C).T,
    lambda L: matmul(L.C.T, L.B.T, L.X.T),
)
_line(
    "transpose of a sum",
    "(A + B)ᵀ = Aᵀ + Bᵀ",
    lambda L: (L.X.T + L.S).T,
    lambda L: (L.u @ L.v.T + L.X.T).T,
    lambda L: L.X.T @ L.Y.T - L.Y.T @ L.X.T,
    lambda L: L.x.T @ L.A.T + L.s * L.v.T,
)
_line(
    "transpose of a symmetric matrix",
    "Aᵀ = A for symmetric A",
    lambda L: L.S.T,
    lambda L: L.inv(L.S).T,
    lambda L: L.inv(L.A @ L.A.T + L.s * L.I).T,
    lambda L: L.exp(L.S + L.X + L.X.T).T,
    lambda L: L.inv(matmul(L.A, L.inv(L.C @ L.C.T + eye("m")), L.A.T)).T,
)
_line(
    "transpose of a skew matrix",
    "Aᵀ = −A for skew A",
    lambda L: L.R.T @ L.A,
    lambda L: L.diag(matmul(L.X.T, L.R, L.Y.T)),
)
_line("xᵀ A x = 0 for skew A", "xᵀ A x = 0 for skew A", lambda L: matmul(L.x.T, L.A.T, L.R, L.A, L.x))
_line(
    "transpose of an elementwise product",
    "Aᵀ ∘ Bᵀ = (A ∘ B)ᵀ",
    lambda L: times(L.A.T, L.B.T),
    lambda L: power(L.A.T, 3),
)
_line("transpose out of a function", "f(Aᵀ) = f(A)ᵀ", lambda L: L.tanh(L.A.T))
_line("transpose of a Kronecker product", "(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ", lambda L: L.kron(L.A, L.C).T)

_line("I ⊗ I = I", "I ⊗ I = I", lambda L: L.kron(L.I, eye("m")))
_line(
    "(A ⊗ B) (C ⊗ D) = A C ⊗ B D",
    "(A ⊗ B) (C ⊗ D) = A C ⊗ B D",
    lambda L: L.kron(L.A, L.X) @ L.kron(L.C, L.Y.T),
)
_line(
    "(A ⊗ B) vec(X) = vec(B X Aᵀ)",
    "(A ⊗ B) vec(X) = vec(B X Aᵀ)",
    lambda L: L.kron(L.C.T, L.X) @ L.vec(L.A),
    lambda L: L.vec(L.A).T @ L.kron(L.C, L.X),
)
_line("K vec(X) = vec(Xᵀ)", "K vec(X) = vec(Xᵀ)", lambda L: L.commutation("n", "m") @ L.vec(L.A))
_line("(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹", "(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹", lambda L: L.inv(L.kron(L.X, eye("m") + L.C @ L.C.T)))
_line(
    "determinant of A ⊗ B",
    "det(A ⊗ B) = det(A)ᵐ det(B)ⁿ",
    lambda L: L.logdet(L.kron(L.X, eye("m") + L.C @ L.C.T)),
    lambda L: L.det(L.kron(eye("m") + L.C @ L.C.T, L.X)),
)
_line("‖A ⊗ B‖ = ‖A‖ ‖B‖", "‖A ⊗ B‖ = ‖A‖ ‖B‖", lambda L: L.norm2(L.kron(L.A, L.C)))
_line("‖vec(X)‖ = ‖X‖", "‖vec(X)‖ = ‖X‖", lambda L: L.norm2(L.vec(L.A)))
_line("vec(unvec(v)) = v", "vec(unvec(v)) = v", lambda L: L.vec(L.unvec(_stacked(L), dimension("n"), dimension("m"))))
_line(
    "unvec(vec(X)) = X",
    "unvec(vec(X)) = X",
    lambda L: L.unvec(2 * L.vec(L.A) - L.vec(L.B), dimension("n"), dimension("m")),
)
_line(
    "vec(a bᵀ) = b ⊗ a",
    "unvec(b ⊗ a) = a bᵀ",
    lambda L: L.unvec(L.kron(L.x, L.v), dimension("n"), dimension("m")),
)
_line(
    "blocks of C ⊗ D",
    "kron_left(C ⊗ D, B) = ⟨D, B⟩ C, kron_right(C ⊗ D, A) = ⟨C, A⟩ D",
    lambda L: L.kron_left(L.kron(L.X, L.A), L.B),
    lambda L: L.kron_right(L.kron(L.A, L.C) - 2 * L.kron(L.B, L.C), L.B),
    lambda L: L.kron_left(L.kron(L.X, L.A), L.A),
)
_line("a ⊗ bᵀ = a bᵀ", "a ⊗ bᵀ = bᵀ ⊗ a = a bᵀ", lambda L: L.kron(L.v, L.x.T), lambda L: L.kron(L.x.T, L.v))

# inverses
_line("inverse of an inverse", "(A⁻¹)⁻¹ = A", lambda L: L.inv(L.inv(L.X)))
_line(
    "inverse of a product",
    "(A B)⁻¹ = B⁻¹ A⁻¹",
    lambda L: L.inv(L.X @ L.Y),
    lambda L: L.inv(matmul(L.A, L.B.T, L.X)),
)
_line("inverse of a multiple", "(c A)⁻¹ = A⁻¹/c", lambda L: L.inv(3 * L.X), lambda L: L.inv(L.s * L.X))
_line("inverse of a diagonal matrix", "diag(v)⁻¹ = diag(1 ⊘ v)", lambda L: L.inv(L.diag(L.v)))

# traces and sums
_line(
    "trace is cyclic",
    "tr(A B) = tr(B A)",
    lambda L: L.tr(L.u @ L.v.T),
    lambda L: L.tr(matmul(L.X, L.Y, L.inv(L.X))),
    lambda L: L.tr(matmul(L.Y, L.X)),
)
_line("tr(Aᵀ B) = sum(A ∘ B)", "tr(Aᵀ B) = sum(A ∘ B)", lambda L: L.tr(L.exp(L.A).T @ L.B))
_line(
    "derivative of exp along its own matrix",
    "∂exp(t A)/∂t = A exp(t A)",
    lambda L: L.tr(L.X @ L.expm_frechet(L.t * L.X.T, L.u @ L.v.T).T),
    lambda L: L.expm_frechet(L.t * L.X, L.X),
)
_line(
    "trace of a sum",
    "tr(A (u vᵀ + c B)) = vᵀA u + c tr(A B)",
    lambda L: L.tr(L.X @ (L.u @ L.v.T + L.w @ L.u.T)),
    lambda L: L.tr(matmul(L.X, L.s * L.Y + L.S @ L.X.T, L.inv(L.Y))),
)
_line("tr(A ⊗ B) = tr(A) tr(B)", "tr(A ⊗ B) = tr(A) tr(B)", lambda L: L.tr(L.kron(L.X, L.A.T @ L.B)))
_line("trace of a transpose", "tr(Aᵀ) = tr(A)", lambda L: L.tr(L.X.T))
_line("trace of a diagonal matrix", "tr(diag(v)) = sum(v)", lambda L: L.tr(L.diag(L.v)))
_line(
    "sum of a distribution",
    "sum(p) = 1",
    lambda L: L.sum(L.onehot),
    lambda L: L.sum(L.softmax(L.v)),
    lambda L: L.onehot.T @ L.onehot,
)
_line(
    "sum of a sum",
    "sum(a u + b 𝟏) = a sum(u) + b n",
    lambda L: L.sum(L.v - L.mean(L.v) * L.one),
    lambda L: L.sum(L.softmax(L.v) - L.onehot),
    lambda L: L.sum(L.s * L.A + L.B),
)
_line(
    "product of two unit vectors",
    "eᵢᵀeᵢ = 1, eᵢᵀeⱼ = 0",
    lambda L: basis(1, "n").T @ basis(0, "n"),
    lambda L: basis(1, "n").T @ basis(1, "n"),
)
_line(
    "entry of a product",
    "(a ∘ b)ᵢ = aᵢ bᵢ, (aᵖ)ᵢ = (aᵢ)ᵖ",
    lambda L: basis(1, "n").T @ times(L.u, L.v),
    lambda L: power(L.u, -3).T @ basis(2, "n"),
)
_line("sum with a unit vector", "sum(a ∘ eᵢ) = aᵢ", lambda L: L.sum(times(L.v, basis(1, "n"), L.u)))
_line("row sums of distributions", "P 𝟏 = 𝟏 for rows that sum to 1", lambda L: L.P @ ones("m"))
_line("sum of an outer product", "sum(u vᵀ) = sum(u) sum(v)", lambda L: L.sum(L.u @ L.x.T))
_line(
    "diagonal of an outer product",
    "diag(u vᵀ) = u ∘ v",
    lambda L: L.diag(L.u @ L.v.T),
    lambda L: L.diag(matmul(L.A, L.x, L.v.T, L.X)),
)
_line(
    "diagonal of a sum",
    "diag(A + B) = diag(A) + diag(B)",
    lambda L: L.diag(L.u @ L.v.T - L.s * L.I),
    lambda L: L.diag(matmul(L.X, L.diag(L.v), L.Y) + 2 * matmul(L.Y, L.diag(L.v), L.X)),
)
_line(
    "diagonal of A diag(v) B",
    "diag(A diag(v) B) = (A ∘ Bᵀ) v",
    lambda L: L.diag(matmul(L.A, L.diag(L.x), L.B.T)),
    lambda L: L.diag(matmul(L.diag(L.v), L.A, L.B.T)),
    lambda L: L.diag(matmul(L.A, L.B.T, L.diag(L.v))),
)

# functions
_line("log and exp undo each other", "log(exp(x)) = x", lambda L: L.log(L.exp(L.v)))
_line("log(c exp(x)) = log(c) + x", "log(c exp(x)) = log(c) + x", lambda L: L.log(L.positive * L.exp(L.v)))
_line("log(sum(exp(x))) = logsumexp(x)", "log(sum(exp(x))) = logsumexp(x)", lambda L: L.log(L.sum(L.exp(L.v))))
_line(
    "exp(x)/sum(exp(x)) = softmax(x)",
    "exp(x)/sum(exp(x)) = softmax(x), row by row in a matrix",
    lambda L: L.exp(L.v) / L.sum(L.exp(L.v)),
    lambda L: times(L.exp(L.A), power(matmul(L.exp(L.A), ones("m"), ones("m").T), -2)),
)
_line(
    "exp(x − logsumexp(x)) = softmax(x)",
    "exp(x − logsumexp(x)) = softmax(x)",
    lambda L: L.exp(L.v - L.logsumexp(L.v) * L.one),
)
_line("log softmax", "log(softmax(z)) = log_softmax(z)", lambda L: L.log(L.softmax(L.v)))
_line("absolute value of something not negative", "|a| = a for a ≥ 0", lambda L: L.abs(L.exp(L.v)))
_line("odd and even functions", "f(−x) = ∓f(x)", lambda L: L.tanh(-L.v), lambda L: L.cos(-2 * L.v))
_line(
    "1/(1 + exp(x)) = σ(−x)",
    "1/(1 + exp(x)) = σ(−x)",
    lambda L: 1 / (1 + L.exp(-L.s)),
    lambda L: power(L.one + L.exp(L.v), -2),
)
_line(
    "exp(x) σ(−x) = σ(x)",
    "exp(x) σ(−x) = σ(x)",
    lambda L: L.exp(L.s) / (1 + L.exp(L.s)),
    lambda L: times(L.exp(-L.v), power(L.one + L.exp(-L.v), -2)),
)
_line(
    "exp(x)/(exp(x) + exp(y)) = σ(x − y)",
    "exp(x)/(exp(x) + exp(y)) = σ(x − y)",
    lambda L: times(L.exp(L.v), power(L.exp(L.v) + L.exp(L.w), -1)),
    lambda L: L.exp(L.s + L.t) / (L.exp(L.s) + L.exp(L.t)) ** 2,
)
_line("1 − σ(−x) = σ(x)", "1 − σ(−x) = σ(x)", lambda L: 1 - L.sigmoid(-L.s), lambda L: L.one - L.sigmoid(-2 * L.v))
_line(
    "σ(x) σ(−x) = σ(x) (1 − σ(x))",
    "σ(x) σ(−x) = σ(x) (1 − σ(x))",
    lambda L: times(L.sigmoid(-L.v), L.sigmoid(L.v)),
    lambda L: times(L.u, L.one - L.sigmoid(L.v), power(L.sigmoid(-L.v), -2)),
)
_line("log(1 + exp(x)) = softplus(x)", "log(1 + exp(x)) = softplus(x)", lambda L: L.log(1 + L.exp(L.v)))
