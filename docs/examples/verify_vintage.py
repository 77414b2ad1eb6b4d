#!/usr/bin/env python3
"""Check that a vintage still has the figures that were published. Python 3.11 or newer, nothing else.

    python docs/examples/verify_vintage.py http://localhost:8000 2026-11-23
    python docs/examples/verify_vintage.py http://localhost:8000 2026-11-23 --token TOKEN

Asks the portal for the figures and roll-ups of the vintage, makes the hash of them as docs/vintages.md says, and
compares it with the one that was published. Without a token that is the hash of what everybody may see; with a token
(`--token`, or in the environment as PORTAL_TOKEN) also that of the full figures. Exit status 1 on a difference.

Keep the hash somewhere of your own and give it with `--expect`: then it is compared with that one, too.
"""

import argparse
import hashlib
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

# Forms 1 and 2: what a line is made of, in this order. Other keys that the portal gives do not matter.
FIELDS = {
    "figure": (
        "consortium", "period", "actionLine", "indicator", "value", "numerator", "denominator", "unit", "version",
        "seq", "withheld",
    ),
    "roll-up": (
        "consortium", "actionLine", "indicator", "period", "value", "new", "trailingYear", "cumulative", "low", "high",
        "numerator", "denominator", "reported", "expected", "trailingYearReported", "trailingYearExpected", "status",
        "unit", "withheld", "break",
    ),
}  # fmt: skip
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def ask(url: str, accept: str, token: str | None) -> Any:
    request = urllib.request.Request(url, headers={"Accept": accept})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    return urllib.request.urlopen(request, timeout=300)


def rows(url: str, token: str | None) -> Iterator[dict[str, Any]]:
    """The whole answer, row by row; numbers keep their digits."""
    with ask(url, "application/x-ndjson", token) as answer:
        for line in answer:
            yield json.loads(line, parse_float=Decimal)


def plain(value: Any) -> str:
    """Null is empty, a number has no exponent and no zeros at its end."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).translate(ESCAPED)


def lines(kind: str, found: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in found:
        yield ("\t".join([kind, *(plain(row[field]) for field in FIELDS[kind])]) + "\n").encode()


def hash_of(api: str, vintage: dict[str, Any], token: str | None) -> str:
    query = urllib.parse.urlencode({"asOf": vintage["seq"], "periodTo": vintage["lastPeriod"]})
    found = [
        *lines("figure", rows(f"{api}/figures?{query}", token)),
        *lines("roll-up", rows(f"{api}/roll-ups?{query}", token)),
    ]
    return hashlib.sha256(b"".join(sorted(found))).hexdigest()


def sealed(full: str, salt: str | None) -> str:
    """In form 2 the full hash is hashed again behind a salt, which only callers with a token are given."""
    return hashlib.sha256(f"{salt}\t{full}\n".encode()).hexdigest() if salt else full


def main() -> int:
    about = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("portal", help="the address of the portal, such as http://localhost:8000")
    parser.add_argument("vintage", help="the code of the vintage, such as 2026-11-23")
    parser.add_argument("--token", default=os.environ.get("PORTAL_TOKEN"))
    parser.add_argument("--expect", help="the public hash as you know it from elsewhere")
    asked = parser.parse_args()
    api = asked.portal.rstrip("/") + "/api/v1"
    address = f"{api}/vintages/{urllib.parse.quote(asked.vintage, safe='')}"
    try:
        with ask(address, "application/json", asked.token) as answer:
            vintage = json.load(answer)
        if vintage["form"] not in (1, 2):
            print(f"{asked.vintage}: this script knows forms 1 and 2, and the hashes are of form {vintage['form']}")
            return 2
        checks = [("sha256", vintage["sha256"], hash_of(api, vintage, None))]
        if asked.token:
            full = sealed(hash_of(api, vintage, asked.token), vintage["salt"])
            checks.append(("sha256Full", vintage["sha256Full"], full))
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{asked.vintage}: {error}", file=sys.stderr)
        return 2
    if asked.expect:
        checks.append(("expected", asked.expect.lower(), checks[0][2]))
    for name, published, found in checks:
        print(f"{name}: {found} {'as published' if found == published else f'DIFFERS, published was {published}'}")
    return int(any(published != found for _name, published, found in checks))


if __name__ == "__main__":
    sys.exit(main())
