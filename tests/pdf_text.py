"""What stands in a PDF as typst writes it: the text of its pages in reading order, its marks, its facts."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)\s*endobj", re.DOTALL)
_STREAM = re.compile(rb"^(.*?)stream\r?\n(.*)endstream", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.]+ Tf")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """All text, with a space wherever a new piece of the document begins."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    characters = {
        int(number): _characters(objects, int(font))
        for font, number in ((number, number) for number, body in objects.items() if b"/Type0" in body)
    }
    found = []
    for body in objects.values():
        if b"/Type/Page/" not in body.replace(b" ", b"").replace(b"/Type/Pages", b""):
            continue
        fonts = _fonts(objects, body)
        contents = re.search(rb"/Contents (\d+) 0 R", body)
        assert contents is not None
        found.append(_text(_unpacked(objects[int(contents[1])]), {name: characters[pk] for name, pk in fonts.items()}))
    return re.sub(r"\s+", " ", " ".join(found))


def _fonts(objects: dict[int, bytes], page: bytes) -> dict[bytes, int]:
    fonts = re.search(rb"/Font\s*<<(.*?)>>", page) or re.search(rb"/Font (\d+) 0 R", page)
    if fonts is None:
        resources = re.search(rb"/Resources (\d+) 0 R", page)
        assert resources is not None
        return _fonts(objects, objects[int(resources[1])])
    named = fonts[1] if b"/" in fonts[1] else objects[int(fonts[1])]
    return {name: int(number) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", named)}


def _characters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """By glyph what it stands for."""
    known = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert known is not None
    table = _unpacked(objects[int(known[1])])
    found = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", part):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", part):
            for glyph in range(int(first, 16), int(last, 16) + 1):
                found[glyph] = chr(int(text, 16) + glyph - int(first, 16))
    return found


def _unpacked(body: bytes) -> bytes:
    match = _STREAM.match(body)
    assert match is not None
    return zlib.decompressobj().decompress(match[2]) if b"FlateDecode" in match[1] else match[2]


def _text(page: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    text, font, at = "", {}, 0
    while at < len(page):
        if page[at : at + 1] == b"(":
            end = _end(page, at)
            glyphs = _ESCAPED.sub(_plain, page[at + 1 : end])
            at = end
        elif page[at : at + 1] == b"<" and page[at : at + 2] != b"<<" and page[at - 1 : at] != b"<":
            end = page.index(b">", at)
            glyphs = bytes.fromhex(page[at + 1 : end].decode())
            at = end
        else:
            glyphs = b""
            if page[at : at + 3] == b"BDC":
                text += " "
            elif match := _FONT.match(page, at):
                font = fonts[match[1]]
        text += "".join(font.get(int.from_bytes(glyphs[two : two + 2]), "?") for two in range(0, len(glyphs), 2))
        at += 1
    return text


def _end(page: bytes, at: int) -> int:
    """Where the text that begins here ends; what is balanced need not be escaped in it."""
    depth = 0
    while True:
        sign = page[at : at + 1]
        if sign == b"\\":
            at += 1
        elif sign == b"(":
            depth += 1
        elif sign == b")":
            depth -= 1
            if depth == 0:
                return at
        at += 1


def _plain(match: "re.Match[bytes]") -> bytes:
    escaped = match[1]
    return bytes([int(escaped, 8)]) if escaped[:1].isdigit() else _SIGNS.get(escaped, escaped)
