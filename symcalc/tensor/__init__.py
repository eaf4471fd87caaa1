"""The einsum normal form: derivatives of any rank, and the way back to matrix notation."""

from symcalc.tensor import (  # noqa: F401  (they register how blocks, vec, ⊗ … are opened, and entries taken)
    block_terms,
    entries,
    stacked_terms,
)
from symcalc.tensor.graph_from_terms import einsum_node, node_from_terms, terms_from_node
from symcalc.tensor.matrix_from_terms import NoMatrixForm, matrix_from_terms
from symcalc.tensor.terms import Factor, Indices, Term, axes_of
from symcalc.tensor.terms_from_graph import derivative_terms

__all__ = [
    "Factor",
    "Indices",
    "NoMatrixForm",
    "Term",
    "axes_of",
    "derivative_terms",
    "einsum_node",
    "matrix_from_terms",
    "node_from_terms",
    "terms_from_node",
]
