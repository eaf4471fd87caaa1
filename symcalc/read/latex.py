r"""The LaTeX spelling, as people type it: `(\hat{y}-y)^\top W_2`, `\sum_{i=1}^n \sigma(u_i^T v)\, u_i`.

Text → lexemes (latex_scan) → one form (latex_form) → declared notation put in (latex_notation) → tokens (latex_emit)
→ the same tree as the other spellings → its meaning (latex_build).  Nothing is dropped without a note: what is not
understood is an error at its place.
"""

from __future__ import annotations

from collections.abc import Mapping

from symcalc.errors import ParseError
from symcalc.read.grammar import Binary, Grammar, Parser
from symcalc.read.latex_conditions import with_choices, with_comparisons
from symcalc.read.latex_differentials import NAME, with_differentials
from symcalc.read.latex_emit import Emitter
from symcalc.read.latex_form import Former
from symcalc.read.latex_names import Names, index_letters
from symcalc.read.latex_notation import Substitution, read_notation
from symcalc.read.latex_pieces import matched_brackets, merge_words
from symcalc.read.latex_remarks import without_remark
from symcalc.read.latex_scan import lexemes, read_macros
from symcalc.read.latex_sums import summed_letters, without_primed_indices
from symcalc.read.names import Scope
from symcalc.read.syntax import Tree

#: Factors side by side (" "), `\cdot` ("*"), a typed star, entry by entry, quotients, and (m…) the signs of values.
GRAMMAR = Grammar(
    binary={
        "+": Binary(10, "+"),
        "-": Binary(10, "-"),
        **{sign: Binary(20, sign) for sign in (" ", "*", "star", ".*", "./", "/", "kron")},
        **{"m" + sign: Binary(20, "m" + sign) for sign in ("*", "/", "\\", ".*", "./")},
        "^": Binary(40, "^"),
        ".^": Binary(40, ".^"),
    },
    prefix={"-": "-", "+": "+"},
    postfix={"'": "'", "^*": "star"},
    postfix_precedence=40,
    tight_after="^ .^",
    square_index=True,
    call_index=True,
    groups=True,
)


def read_latex(
    text: str,
    scope: Scope,
    notation: Mapping[str, str] | None = None,
    macros: Mapping[str, str] | None = None,
) -> Tree:
    """The syntax tree of a LaTeX text; `ParseError` with the place of what could not be read.

    notation  declared spellings, `{r"\\hat{y}_w": "yhat(w)"}`, compared with the text in one form, the longest first
    macros    commands of the user's own, `{r"\\bU": r"\\mathbf{U}"}`; the text may define some in front as well
    """
    known = read_macros(macros)
    names = Names(scope)
    declared = read_notation(notation, known, names)
    pieces = Former(text, lexemes(text, known)).run()
    pieces, left, notes = without_remark(text, pieces)
    names.lettered = declared.lettered
    names.told = names.indices_of(left)
    names.letters = declared.letters | names.told
    if not pieces:
        raise ParseError("there is no formula here", text, 0)
    matched_brackets(text, pieces)
    pieces = without_primed_indices(pieces, names.known)
    letters = summed_letters(pieces)
    if letters and declared.entries:
        declared = declared.renamed(letters, names.known)
    pieces, choices = with_choices(text, merge_words(pieces, names.is_word), names)
    pieces = Substitution(text, declared).run(pieces)
    pieces, comparisons = with_comparisons(text, pieces)
    if NAME in scope.functions:
        pieces = with_differentials(text, pieces, names)
    emitter = Emitter(text, pieces, names, scope.functions)
    tree = Parser(text, emitter.run(), GRAMMAR).run()
    return Tree(tree.text, tree.parts, (*notes, *choices, *comparisons, *emitter.notes), tuple(index_letters(left)))
