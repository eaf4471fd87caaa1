r"""Commands that only style or arrange, and commands that mean the same: `\dfrac` is `\frac`, `\left` is nothing."""

from __future__ import annotations

SIZES = {
    r"\left", r"\right", r"\middle", *(rf"\{size}{side}" for size in ("big", "Big", "bigg",
    "Bigg") for side in ("", "l", "r", "m")),
}  # fmt: skip
NOTHING = {
    r"\,", r"\;", r"\:", r"\!", r"\ ", r"\>", "~", "&", r"\displaystyle", r"\textstyle", r"\scriptstyle", r"\limits",
    r"\nolimits", r"\nonumber", r"\notag", r"\allowbreak", r"\break", r"\noindent", r"\bf", r"\rm", r"\it",
    r"\boldmath", r"\thinspace", r"\enspace", r"\relax", r"\/", r"\mathstrut", r"\strut", r"\par", r"\newline", "$",
    r"\(", r"\)", r"\[", r"\]", r"\mathopen", r"\mathclose", r"\mathrel", r"\mathbin",
}  # fmt: skip
WIDE = {r"\quad", r"\qquad", r"\hspace", r"\hfill"}
STYLES = {
    r"\mathbf", r"\boldsymbol", r"\bm", r"\mathrm", r"\vec", r"\mathit", r"\mathsf", r"\mathtt", r"\mathnormal",
    r"\pmb",
    r"\textbf", r"\textit", r"\textrm", r"\textsf", r"\texttt", r"\operatorname", r"\operatorname*", r"\text", r"\mbox",
    r"\mathbb", r"\mathds", r"\symbf", r"\ensuremath", r"\boxed", r"\mathord", r"\smash", r"\overrightarrow",
    r"\underline",
    r"\mathop", r"\hbox", r"\textnormal", r"\emph", r"\uline", r"\mathcal", r"\mathscr", r"\mathfrak", r"\mathbfit",
}  # fmt: skip
BOLD = {r"\mathbf", r"\boldsymbol", r"\bm", r"\mathbb", r"\mathds", r"\pmb", r"\textbf", r"\symbf", r"\vec"}
WORDS = STYLES - {
    r"\vec",
    r"\boxed",
    r"\smash",
    r"\overrightarrow",
    r"\underline",
    r"\ensuremath",
    r"\mathord",
    r"\mathop",
}
TEXTS = {r"\text", r"\mbox", r"\textrm", r"\hbox", r"\textnormal", r"\emph", r"\textit", r"\textbf"}
ACCENTS = {
    r"\hat": r"\hat", r"\widehat": r"\hat", r"\bar": r"\bar", r"\overline": r"\bar", r"\tilde": r"\tilde",
    r"\widetilde": r"\tilde", r"\dot": r"\dot", r"\ddot": r"\ddot", r"\check": r"\check", r"\breve": r"\breve",
}  # fmt: skip
SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|",
    r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\mid": "|", r"\ast": r"\ast", r"\lbrace": r"\{", r"\rbrace": r"\}",
    r"\lbrack": "[", r"\rbrack": "]", r"\ne": r"\neq", r"\le": r"\leq", r"\ge": r"\geq", r"\prime": "'",
    r"\land": r"\wedge", r"\lambda": r"\lambda", r"\intercal": r"\intercal", r"\bullet": r"\bullet", r"\bigl": "",
    r"\ldots": r"\dots", r"\cdots": r"\dots", r"\vdots": r"\dots", r"\bigodot": r"\odot", r"\coloneqq": "=",
    r"\triangleq": "=", r"\dd": "d", r"\diff": "d",
    r"\colon": ":", r"\lgroup": "(", r"\rgroup": ")", r"\trans": r"\top", r"\transpose": r"\top", r"\tran": r"\top",
    r"\dag": r"\dagger", r"\hadamard": r"\odot", r"\sp": "^", r"\sb": "_", r"\bigcirc": r"\circ",
}  # fmt: skip
DIRECTED = {r"\lVert": "open", r"\rVert": "close", r"\lvert": "open", r"\rvert": "close"}
DROPPED = {r"\tag": 1, r"\label": 1, r"\color": 1, r"\phantom": 1, r"\hspace": 1, r"\vspace": 1}
LABELLED = {r"\underbrace": "_", r"\overbrace": "^"}
#: Environments that only arrange lines.
LAYOUTS = frozenset("align aligned equation gather gathered split multline eqnarray alignat displaymath math".split())
#: Environments of choices.
CASES = frozenset(("cases", "dcases", "rcases"))
#: Environments of arrays in brackets.
MATRICES = frozenset(("matrix", "bmatrix", "pmatrix", "smallmatrix"))
TRANSPOSES = {"T", r"\top", r"\intercal", r"\mathsf"}
BIG = {r"\sum", r"\prod", r"\int", r"\max", r"\min", r"\lim", r"\bigcup"}
#: Signs that open and close brackets, braces and scripts.
OPENING = ("(", "[", r"\{", "{", "_{", "^{", "[{", r"\langle")
CLOSING = (")", "]", r"\}", "}", r"\rangle")
#: Bars, of which two stand round a norm, a determinant or an absolute value.
BARS = (r"\|", "|", r"\lVert", r"\rVert", r"\lvert", r"\rvert", r"\Vert", r"\vert")
OPEN = {"(": ")", "[": "]", r"\{": r"\}", r"\langle": r"\rangle"}

FRACTIONS = {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"}
#: Comparisons: is the left side the larger one, and does it hold where both are equal?
COMPARISONS = {">": (True, False), "<": (False, False), r"\geq": (True, True), r"\leq": (False, True)}
#: Signs between operands, and what they are in the grammar.
OPERATORS = {
    "+": "+", "-": "-", r"\cdot": "*", r"\times": "*", "*": "star", r"\ast": "star", r"\circ": ".*", r"\odot": ".*",
    r"\oslash": "./", "/": "/", r"\otimes": "kron", r"\div": "/",
}  # fmt: skip
#: Functions behind which braces hold the argument.
APPLIED = {
    r"\exp", r"\log", r"\ln", r"\tanh", r"\sin", r"\cos", r"\tan", r"\sinh", r"\cosh", r"\arctan", r"\det",
    r"\sigma", r"\tr",
    r"\Tr", r"\diag", r"\softmax", r"\relu", r"\ReLU", r"\sigmoid", r"\max", r"\min",
}  # fmt: skip
