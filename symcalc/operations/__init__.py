"""Operations: one file per concept, found by sorted discovery of this folder."""

from __future__ import annotations

import importlib
import pkgutil

from symcalc.graph import transform  # noqa: F401  (fills the node hooks)
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.operations import arithmetic, convert, leaves, products  # noqa: F401  (convert fills hooks too)
from symcalc.operations.linalg.inverse import inverse

Node.hooks.update(
    add=arithmetic.add,
    sub=arithmetic.sub,
    neg=arithmetic.neg,
    reciprocal=arithmetic.reciprocal,
    mul=products.mul,
    matmul=products.matmul,
    div=products.div,
    pow=products.pow_,
    transpose=products.transpose,
    inverse=inverse,
    basis=leaves.basis,
    dimension_number=leaves.dimension_number,
)
for _module in sorted(module.name for module in pkgutil.walk_packages(__path__, __name__ + ".")):
    importlib.import_module(_module)
Node.hooks.update(abs=REGISTRY["abs"], det=REGISTRY["det"], trace=REGISTRY["tr"])
