"""How numbers and quarters are written in Dutch and in English: pure."""

import re
from decimal import ROUND_HALF_UP, Decimal

DUTCH = "nl"
ENGLISH = "en"

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
QUARTER = re.compile(r"^(\d{4})[ -]?[QK]([1-4])$")


def number(value: Decimal | int, *, language: str, decimals: int | None = None) -> str:
    """Write 12431 as 12.431 or 12,431; without `decimals` as many as the value has.

    Rounds half away from zero, as people do on paper.
    """
    amount = Decimal(value)
    if decimals is None:
        amount = _without_trailing_zeros(amount)
    else:
        amount = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    english = f"{abs(amount):,f}"
    written = english if _is_english(language) else english.translate(str.maketrans(",.", ".,"))
    return f"{MINUS}{written}" if amount < 0 else written


def difference(value: Decimal | int, *, language: str, decimals: int | None = None) -> str:
    """Write a change with its sign: +120 or −214; no change is ±0."""
    amount = Decimal(value)
    written = number(amount, language=language, decimals=decimals)
    if amount == 0:
        return f"±{written}"
    return written if amount < 0 else f"+{written}"


def euro(value: Decimal | int, *, language: str) -> str:
    """Write whole euros without cents, other amounts with two."""
    amount = Decimal(value)
    cents = 0 if amount == amount.to_integral_value() else 2
    written = number(amount, language=language, decimals=cents)
    if _is_english(language):
        return f"{MINUS}€{written[1:]}" if amount < 0 else f"€{written}"
    return f"€{NO_BREAK_SPACE}{written}"


def euro_millions(value: Decimal | int, *, language: str) -> str:
    """Write 97000000 as € 97 mln or €97 million, with at most one decimal."""
    millions = (Decimal(value) / 1_000_000).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    written = number(millions, language=language)
    if _is_english(language):
        return f"€{written}{NO_BREAK_SPACE}million"
    return f"€{NO_BREAK_SPACE}{written}{NO_BREAK_SPACE}mln"


def percentage(share: Decimal | int, *, language: str, decimals: int = 1) -> str:
    """Write the share 0.263415 as 26,3% or 26.3%; a whole percentage keeps no ",0"."""
    hundredfold = (Decimal(share) * 100).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{number(hundredfold, language=language)}%"


def quarter(identifier: str, *, language: str) -> str:
    """Write 2026Q1 as "2026 K1" (kwartaal) or "2026 Q1"; anything else is given back as it is."""
    match = QUARTER.match(identifier)
    if match is None:
        return identifier
    letter = "Q" if _is_english(language) else "K"
    return f"{match[1]}{NO_BREAK_SPACE}{letter}{match[2]}"


def _is_english(language: str) -> bool:
    return language.lower().startswith(ENGLISH)


def _without_trailing_zeros(amount: Decimal) -> Decimal:
    # normalize() alone writes 100 as 1E+2.
    whole = amount.to_integral_value()
    return whole if amount == whole else amount.normalize()
