"""`python -m symcalc` is the command `symcalc`."""

import sys

from symcalc.cli import main

if __name__ == "__main__":
    sys.exit(main())
