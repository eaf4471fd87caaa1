"""What is assumed of a variable is not used while differentiating by it: its entries move one by one."""

import pytest

import symcalc as sc

B = sc.matrix("B", "n", "n")
w = sc.vector("w", "n")
S, D = sc.matrix("S", "n", "n", assume="symmetric"), sc.matrix("D", "n", "n", assume="diagonal")
Q, P = sc.matrix("Q", "n", "n", assume="orthogonal"), sc.matrix("P", "n", "n", assume="spd")
signs, labels = sc.vector("q", "n", assume="signs"), sc.vector("z", "n", assume="binary")
onehot, shares = sc.vector("o", "n", assume="onehot"), sc.vector("p", "n", assume="simplex")
t = sc.scalar("t")


@pytest.mark.parametrize(
    ("s", "variable", "printed"),
    [
        (sc.tr(S.T @ B), S, "B"),
        (sc.tr(D.T @ B), D, "B"),
        (sc.tr(P.T @ B), P, "B"),
        (sc.tr(Q.T @ Q), Q, "2 Q"),
        (sc.sum(sc.hadamard(signs, signs, w)), signs, "2 w ∘ q"),
        (sc.sum(sc.hadamard(labels, labels)), labels, "2 z"),
        (sc.sum(onehot) * t, onehot, "t 𝟏"),
        (onehot.T @ onehot, onehot, "2 o"),
        (sc.sum(shares), shares, "𝟏"),
        (sc.logdet(P), P, "P⁻¹"),
    ],
)
def test_gradient_by_a_variable_with_facts(s, variable, printed):
    found = str(sc.gradient(s, variable))
    assert sorted(found.split()) == sorted(printed.split())


def test_second_derivatives_too():
    H = sc.hessian(sc.logdet(P), P)
    assert str(H) == "−(P⁻¹)ⱼₖ (P⁻¹)ₗᵢ"
    assert str(sc.hvp(sc.tr(S @ S @ B), S, B)) == str(sc.hvp(sc.tr(S @ S @ B), S, B))
    assert str(sc.jacobian(S.T @ w, S)) == str(sc.jacobian(B.T @ w, B)).replace("B", "S")


def test_facts_about_other_variables_are_used():
    assert str(sc.gradient(w.T @ S @ w, w)) == "2 S w"
    assert str(sc.gradient(-sc.sum(sc.hadamard(onehot, sc.log(sc.softmax(w)))), w)) == "softmax(w) − o"
