"""Sectors: the sections (letters) of the Standaard Bedrijfsindeling of CBS, and the section of a code. Pure.

A code is of an edition. Down to their divisions (two digits) SBI 2008 follows NACE Rev. 2 (Regulation (EC) 1893/2006)
and SBI 2025 NACE Rev. 2.1 (Regulation (EU) 2023/137). From J on a letter means something else in each, so a sector is
always said with its edition.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CODE_PATTERN = r"^\d{2,5}$"
_CODE = re.compile(r"[0-9]{2,5}")
_DOTTED = re.compile(r"[0-9]{2}(\.[0-9]{1,2}(\.[0-9])?)?")


@dataclass(frozen=True)
class Sector:
    """A section of one edition, with the first and the last of its divisions."""

    version: str
    letter: str
    first: str
    last: str
    name: Promise

    @property
    def key(self) -> str:
        """As it stands in addresses: `2008-C`."""
        return f"{self.version}-{self.letter}"

    def __str__(self) -> str:
        return f"{self.letter} {self.name}"


_AGRICULTURE = _("agriculture, forestry and fishing")
_MINING = _("mining and quarrying")
_INDUSTRY = _("industry")
_ENERGY = _("energy")
_WATER = _("water and waste")
_CONSTRUCTION = _("construction")
_TRADE = _("wholesale and retail trade")
_TRANSPORT = _("transport and storage")
_HOSPITALITY = _("hotels, restaurants and catering")
_FINANCE = _("finance and insurance")
_PROPERTY = _("real estate")
_PROFESSIONAL = _("specialist business services")
_SUPPORT = _("renting and other business services")
_GOVERNMENT = _("public administration")
_EDUCATION = _("education")
_CARE = _("health and social work")
_CULTURE = _("culture, sports and recreation")
_OTHER = _("other services")
_HOUSEHOLDS = _("households")
_EXTRATERRITORIAL = _("extraterritorial organisations")

_EDITIONS: dict[str, tuple[tuple[str, str, str, Promise], ...]] = {
    "2008": (
        ("A", "01", "03", _AGRICULTURE), ("B", "05", "09", _MINING), ("C", "10", "33", _INDUSTRY),
        ("D", "35", "35", _ENERGY), ("E", "36", "39", _WATER), ("F", "41", "43", _CONSTRUCTION),
        ("G", "45", "47", _TRADE), ("H", "49", "53", _TRANSPORT), ("I", "55", "56", _HOSPITALITY),
        ("J", "58", "63", _("information and communication")),
        ("K", "64", "66", _FINANCE), ("L", "68", "68", _PROPERTY), ("M", "69", "75", _PROFESSIONAL),
        ("N", "77", "82", _SUPPORT), ("O", "84", "84", _GOVERNMENT),
        ("P", "85", "85", _EDUCATION), ("Q", "86", "88", _CARE), ("R", "90", "93", _CULTURE), ("S", "94", "96", _OTHER),
        ("T", "97", "98", _HOUSEHOLDS), ("U", "99", "99", _EXTRATERRITORIAL),
    ),
    "2025": (
        ("A", "01", "03", _AGRICULTURE), ("B", "05", "09", _MINING), ("C", "10", "33", _INDUSTRY),
        ("D", "35", "35", _ENERGY), ("E", "36", "39", _WATER), ("F", "41", "43", _CONSTRUCTION),
        ("G", "46", "47", _TRADE), ("H", "49", "53", _TRANSPORT), ("I", "55", "56", _HOSPITALITY),
        ("J", "58", "60", _("publishing and broadcasting")), ("K", "61", "63", _("telecommunication and IT")),
        ("L", "64", "66", _FINANCE), ("M", "68", "68", _PROPERTY), ("N", "69", "75", _PROFESSIONAL),
        ("O", "77", "82", _SUPPORT), ("P", "84", "84", _GOVERNMENT), ("Q", "85", "85", _EDUCATION),
        ("R", "86", "88", _CARE), ("S", "90", "93", _CULTURE), ("T", "94", "96", _OTHER),
        ("U", "97", "98", _HOUSEHOLDS), ("V", "99", "99", _EXTRATERRITORIAL),
    ),
}  # fmt: skip


def every() -> Iterator[Sector]:
    """All sectors, by edition and letter."""
    return iter(_by_key().values())


@cache
def _by_key() -> dict[str, Sector]:
    rows = (Sector(version, *each) for version, sections in _EDITIONS.items() for each in sections)
    return {row.key: row for row in rows}


def named(key: str) -> Sector | None:
    """The sector of a key such as `2008-C`."""
    return _by_key().get(key)


def sector_of(code: str, version: str) -> Sector | None:
    """The section that a code of that edition is in; None without a code, or for a division that no section has."""
    division = code[:2]
    return next((each for each in every() if each.version == version and each.first <= division <= each.last), None)


def normal_code(text: str) -> str | None:
    """The code as it is stored, digits only, of `62.01` or `6201`; None when it is not one."""
    plain = text.replace(".", "") if _DOTTED.fullmatch(text) else text
    return plain if _CODE.fullmatch(plain) else None
