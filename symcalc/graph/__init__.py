"""The expression graph: interned SymPy nodes, their dimensions and assumptions, and the one walker."""
