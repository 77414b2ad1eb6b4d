"""Documents as PDF, set by typst from a layout in `templates/` and texts that travel as data, never as markup.

PDF/UA-1, with the fonts that come with typst, so that every machine makes the same: the same layout, data and moment
give the same bytes. Drawings become pixels in the same way, with the letters of `impact/fonts`.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

_LONG = re.compile(r"\S{31,}")
_DRAWN = (
    (0x20, 0x4FF), (0x1E00, 0x1FFF), (0x2010, 0x2040), (0x2070, 0x20C0), (0x2190, 0x22FF), (0x2500, 0x25FF),
)  # fmt: skip
"""The characters that the fonts are sure to have; a font without one would make the whole document impossible."""


def pdf(template: str, data: Mapping[str, Any], *, moment: datetime) -> bytes:
    """The document of a layout (its path below `templates/`), which reads `data` as JSON; dated `moment`."""
    layout = (Path(settings.BASE_DIR) / "templates" / template).read_bytes()
    compiler = typst.Compiler(layout, font_paths=_fonts(), sys_inputs={"data": json.dumps(drawable(data))})
    made = compiler.compile(
        format="pdf", pdf_standards=["ua-1"], timestamp=moment.astimezone(UTC).replace(microsecond=0)
    )
    assert isinstance(made, bytes), "a document is one file"
    return made


def png(svg: str, *, width: int, height: int, scale: int = 2) -> bytes:
    """A drawing as pixels, `scale` of them for each unit: set by typst, with the letters that the portal has itself."""
    layout = (
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {width}pt, height: {height}pt)'
    )
    compiler = typst.Compiler(layout.encode(), font_paths=_fonts_of_pictures(), sys_inputs={"svg": svg})
    made = compiler.compile(format="png", ppi=72 * scale)
    assert isinstance(made, bytes), "a picture is one page"
    return made


@cache
def _fonts_of_pictures() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[Path(__file__).parent / "fonts"])


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def breakable(text: str) -> str:
    """The text with places where a word may be broken that fits in no column."""
    return _LONG.sub(lambda word: "\N{ZERO WIDTH SPACE}".join(word[0]), text)


def drawable(value: Any) -> Any:
    """The same data with texts that the fonts can draw: what they cannot stands as its number, `[U+65E5]`."""
    if isinstance(value, str):
        return "".join(_drawn(unicodedata.normalize("NFC", value)))
    if isinstance(value, dict):
        return {key: drawable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [drawable(each) for each in value]
    return value


def _drawn(text: str) -> Iterable[str]:
    for character in text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "):
        if character in "\n\N{ZERO WIDTH SPACE}" or _has_glyph(character):
            yield character
        # What only steers the writing could turn a text around, and shows nothing itself.
        elif unicodedata.category(character) != "Cf":
            yield f"[U+{ord(character):04X}]"


@lru_cache(maxsize=4_096)
def _has_glyph(character: str) -> bool:
    if unicodedata.category(character)[0] == "C":
        return False
    return any(first <= ord(character) <= last for first, last in _DRAWN)
