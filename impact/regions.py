"""In which provinces HIPs work: those that their regions name, and no others.

Regions are texts of the programme office, such as "Brainport (Noord-Brabant)". One that names no province, such as a
port or a part of the country, is told as it stands: nobody here decides in which provinces that lies.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.text import slugify

from consortia.models import Consortium
from consortia.models.organisations import Province


@dataclass(frozen=True)
class Outline:
    """The shape of a province on the map, and where a number can stand in it."""

    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Map:
    view_box: str
    outlines: dict[Province, Outline]


@cache
def outlines() -> Map:
    """The map; where it is from stands in the file itself."""
    kept = json.loads((Path(__file__).parent / "provinces.json").read_text())
    return Map(kept["viewBox"], {Province(code): Outline(**shape) for code, shape in kept["provinces"].items()})


def slug_of(province: Province) -> str:
    return slugify(province.label)


def by_slug(slug: str) -> Province | None:
    return next((province for province in Province if slug_of(province) == slug), None)


def provinces_of(consortium: Consortium) -> list[Province]:
    """The provinces that any of its regions names, in their order."""
    return [province for province in Province if any(_names(region, province) for region in consortium.regions)]


def _names(region: str, province: Province) -> bool:
    # "Noord-Holland Noord" names one, "West-Holland" and "Noord-Nederland" do not.
    return re.search(rf"(?<![\w-]){re.escape(province.label)}(?![\w-])", region, re.IGNORECASE) is not None
