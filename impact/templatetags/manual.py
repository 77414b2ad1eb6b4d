"""The pictures of the manual, with their size, so that the text does not jump while they come in."""

from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders

register = template.Library()

_SIZE = slice(16, 24)
"""Where width and height stand in a PNG file, four bytes each."""


@register.inclusion_tag("impact/manual/_picture.html")
def picture(language: str, name: str, alt: str) -> dict[str, Any]:
    """A picture that docs/screenshots.py has made, in the language of the text, with what it shows in words."""
    path = f"img/manual/{language}/{name}.png"
    width, height = _size(path)
    return {"path": path, "alt": alt, "width": width, "height": height}


@cache
def _size(path: str) -> tuple[int, int]:
    found = finders.find(path)
    if not found:
        return 0, 0
    with Path(found).open("rb") as file:
        size = file.read(_SIZE.stop)[_SIZE]
    return int.from_bytes(size[:4]), int.from_bytes(size[4:])
