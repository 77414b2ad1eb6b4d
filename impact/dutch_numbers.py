"""Numbers as a Dutch coordinator types them: `1.100` is eleven hundred, `12,50` twelve and a half. Pure.

Nothing is rounded, cut or guessed: what could mean two things is refused, with a sentence that says how to write it.
Source: docs/semantics.md, "Input".
"""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from consortia.notation import NO_BREAK_SPACE

_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_CENTS = re.compile(r"[0-9]{1,2}")
_ENGLISH_GROUPS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_LONGEST = 30


class NotANumber(ValueError):
    """The text is no number in Dutch notation; the message says why, in the reader's language."""


def read_count(text: str) -> Decimal:
    """Read a whole number: `0`, `1100` or `1.100`.

    Raises:
        NotANumber: anything else; `12,7` is refused, never cut to 12.
    """
    typed = _stripped(text)
    whole, comma, _fraction = typed.partition(",")
    if comma and _is_whole(whole) and not _ENGLISH_GROUPS.fullmatch(typed):
        raise NotANumber(_("This must be a whole number, without a comma."))
    if comma and _ENGLISH_GROUPS.fullmatch(typed):
        raise NotANumber(_("Thousands are grouped with a point here: 1.100 or 1100, not 1,100."))
    return _whole(typed)


def read_amount(text: str) -> Decimal:
    """Read an amount in euros: `1.234,56`, `1234,5` or `€ 1.234`.

    Raises:
        NotANumber: anything else; a third decimal is refused, never rounded away.
    """
    typed = _stripped(text).removeprefix("€").lstrip(f" {NO_BREAK_SPACE}")
    whole, comma, cents = typed.partition(",")
    amount = _whole(whole)
    if not comma or cents in {"-", "--", "–"}:
        return amount
    if not cents.isascii() or not cents.isdigit():
        raise NotANumber(_("After the comma stand the cents: 1.234,56."))
    if not _CENTS.fullmatch(cents):
        raise NotANumber(
            _("An amount has at most two decimals, after the comma. Thousands are grouped with a point: 12.500.")
        )
    return amount + Decimal(cents).scaleb(-len(cents))


def write(number: Decimal | int) -> str:
    """The number as it may be typed again: a comma before the decimals, and no points."""
    amount = Decimal(number)
    if amount == amount.to_integral_value():
        return f"{int(amount)}"
    cents = f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"
    return cents.replace(".", ",")


def _stripped(text: str) -> str:
    typed = text.strip()
    if len(typed) > _LONGEST:
        raise NotANumber(_("This number is too long."))
    if typed[:1] in {"-", "−", "–"} and any(character.isdigit() for character in typed):
        raise NotANumber(_("This cannot be less than zero."))
    return typed


def _is_whole(typed: str) -> bool:
    return bool(_PLAIN.fullmatch(typed) or _GROUPED.fullmatch(typed))


def _whole(typed: str) -> Decimal:
    if _is_whole(typed):
        return Decimal(typed.replace(".", ""))
    if re.fullmatch(r"[0-9.]+", typed) and "." in typed:
        raise NotANumber(
            _(
                "A point groups thousands here, three digits at a time: 1.100 is eleven hundred. "
                "Decimals follow a comma."
            )
        )
    raise NotANumber(_("This is not a number. Write it in digits, for example 1.100."))
