"""`symcalc check`: derived slopes beside measured ones, as a table."""

from __future__ import annotations

import json
from argparse import Namespace

from symcalc.commands.record import check_record, header
from symcalc.commands.request import read_request


def run(arguments: Namespace) -> int:
    """Compare and print; the exit status."""
    request = read_request(arguments)
    check = request.check()
    if arguments.json:
        record = {**header(request, "check"), "check": check_record(check)}
        print(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        print(check)
    return 0 if check.ok else 1
