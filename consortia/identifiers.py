"""Numbers by which organisations and places are known: pure checks, no look-ups.

Source: docs/semantics.md, "Organisations" and "Identifiers".
"""

import re

from stdnum.nl import bsn

KVK_PATTERN = r"^\d{8}$"
INSTITUTION_PATTERN = r"^\d{2}[A-Z]{2}(\d{2})?$"
POSTCODE_PATTERN = r"^[1-9]\d{3} [A-Z]{2}$"

_KVK = re.compile(r"[0-9]{8}")
_INSTITUTION = re.compile(r"[0-9]{2}[A-Z]{2}([0-9]{2})?")
_POSTCODE = re.compile(r"([1-9][0-9]{3}) ?([A-Z]{2})")
_LETTERS_NEVER_ISSUED = frozenset({"SA", "SD", "SS"})
_NINE_DIGITS = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){8}(?![0-9])")


def is_kvk_number(text: str) -> bool:
    """A KVK number is exactly eight digits; it has no check digit, so nothing more can be said."""
    return _KVK.fullmatch(text) is not None


def is_institution_code(text: str) -> bool:
    """An institution code (formerly BRIN): `25PW` or, with a location, `25PW01`."""
    return _INSTITUTION.fullmatch(text) is not None


def normal_postcode(text: str) -> str | None:
    """The postcode as it is stored, `1234 AB`, or None when it is not one."""
    match = _POSTCODE.fullmatch(text)
    if match is None or match[2] in _LETTERS_NEVER_ISSUED:
        return None
    return f"{match[1]} {match[2]}"


def holds_bsn(text: str) -> bool:
    """Whether a nine-digit number in the text passes the eleven-test of citizen service numbers.

    Such a number must not enter the portal anywhere; also written in groups ("123.456.782").
    """
    return any(bsn.is_valid(re.sub(r"[^0-9]", "", found[0])) for found in _NINE_DIGITS.finditer(text))
