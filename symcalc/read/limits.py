"""Limits on what is read, so that no text, however hostile, takes long: each is an error with a message."""

#: Characters in one expression.
LONGEST_TEXT = 20_000
#: Tokens in one expression.
MOST_TOKENS = 5_000
#: Brackets and signs open at once.
DEEPEST_NESTING = 200
#: Characters in a name.
LONGEST_NAME = 64
#: Characters in quotes.
LONGEST_QUOTE = 80
#: Digits in a numeral, the decimals and the exponent included.
MOST_DIGITS = 40
#: Largest decimal exponent of a numeral: what a double holds.
LARGEST_DECIMAL_EXPONENT = 308
#: Largest numeral as the exponent of a matrix.
LARGEST_MATRIX_EXPONENT = 64
#: Largest numeral as the exponent of a scalar or an entry.
LARGEST_EXPONENT = 10_000
#: Largest power of a dimension in a size, as in `zeros(n^2)`.
LARGEST_SIZE_POWER = 8
#: Readings tried, and parts of the text built, in either of the two searches for the shapes of undeclared variables.
MOST_READINGS = 400
MOST_PARTS_BUILT = 10_000
#: Undeclared variables whose shapes are inferred together.
MOST_UNDECLARED = 24
#: Pieces of LaTeX (commands and characters) after macros and notation are expanded.
MOST_LATEX_PIECES = 40_000
#: Braces, scripts and fractions inside each other in LaTeX.
DEEPEST_BRACES = 40
#: Declared notation: entries, and characters in one of them.
MOST_NOTATION = 500
LONGEST_NOTATION = 500
