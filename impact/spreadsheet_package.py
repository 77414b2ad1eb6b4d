"""The package around the sheets of an uploaded workbook: what it may hold, and the parts that sheets refer to.

Everything that could harm is looked for before a sheet is read: size and unpacked size, encryption, macros, external
links, document types in the XML. Syntax only.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeElementTree
from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 150 * 1024 * 1024
MAX_SMALL_PART = 20 * 1024 * 1024
"""Of the parts that are read at once: relations, styles, the list of sheets."""
MAX_RATIO = 250
"""What one byte may unpack to. A sheet of thousands of equal rows comes to about a hundred."""
MAX_MEMBERS = 2_000
MAX_SHEETS = 50
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK\x03\x04"
_SHEET_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, OSError)
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_SHOWN_AS_TYPED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


class Named(NamedTuple):
    name: str
    is_hidden: bool
    part: str


def refused(code: str, detail: str) -> Refused:
    return Refused([Problem("", code, detail)])


def damaged() -> Refused:
    return refused("damaged", _("This workbook is damaged and cannot be read. Save it anew in Excel or LibreOffice."))


def opened(data: bytes, *, largest: int = MAX_BYTES, unpacked: int = MAX_UNPACKED) -> "Package":
    """The package, once nothing was found in it that the portal does not take.

    Raises:
        Refused: see `impact.spreadsheet.opened`.
    """
    if len(data) > largest:
        detail = _("This file is larger than %(number)d MB.") % {"number": largest // (1024 * 1024)}
        raise refused("too-large", detail)
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise refused("encrypted", _("This workbook has a password. Save it without one, and try again."))
        raise refused("old-format", _("This is an old workbook (.xls). Save it as .xlsx, and try again."))
    if not data.startswith(_ZIP):
        raise refused("not-a-workbook", _("This is no Excel workbook (.xlsx)."))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise damaged() from error
    _require_harmless_size(archive, unpacked)
    found = Package(archive)
    found.require_known_kind()
    found.require_nothing_active()
    if len(found.sheets) > MAX_SHEETS:
        raise refused("too-many-sheets", _("A workbook has at most %(number)d sheets here.") % {"number": MAX_SHEETS})
    return found


def _require_harmless_size(archive: zipfile.ZipFile, most: int) -> None:
    """The sizes that the package declares bind: reading stops there."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise damaged()
    if any(member.flag_bits & 0x1 for member in members):
        raise refused("encrypted", _("This workbook has a password. Save it without one, and try again."))
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or total > most or total > MAX_RATIO * max(packed, 4_096):
        raise refused("unpacks-too-large", _("This file unpacks to far more than a workbook holds."))


class Package:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())

    # --- what it may not hold

    def require_known_kind(self) -> None:
        if "mimetype" in self._names and b"opendocument" in self._bytes("mimetype"):
            raise refused("open-document", _("This is an OpenDocument file (.ods). Save it as .xlsx, and try again."))
        if "[Content_Types].xml" not in self._names:
            raise refused("not-a-workbook", _("This is no Excel workbook (.xlsx)."))
        types = [each.get("ContentType", "") for each in self._tree("[Content_Types].xml").iter()]
        if any("binary.macroEnabled" in each for each in types):
            raise refused("old-format", _("This is a binary workbook (.xlsb). Save it as .xlsx, and try again."))
        if any("macroEnabled" in each or "vbaProject" in each or "macrosheet" in each for each in types):
            raise _with_macros()
        if _SHEET_MAIN not in types:
            raise refused("not-a-workbook", _("This is no Excel workbook (.xlsx)."))

    def require_nothing_active(self) -> None:
        for name in self._names:
            lower = name.lower()
            if "vbaproject" in lower or lower.startswith(("xl/macrosheets/", "xl/activex/", "xl/dialogsheets/")):
                raise _with_macros()
            if lower.startswith(("xl/externallinks/", "xl/querytables/")) or lower == "xl/connections.xml":
                raise _with_links()
            if lower.startswith("xl/embeddings/"):
                detail = _("This workbook holds other files. Take them out, save it, and try again.")
                raise refused("embedded", detail)
        for name in self._names:
            if name.endswith(".rels") and any(_leads_outside(each) for each in self._tree(name).iter()):
                raise _with_links()

    # --- what it holds

    @cached_property
    def sheets(self) -> list[Named]:
        book = self._tree(self._book)
        relations = self._relations(self._book)
        found = []
        for each in book.iter():
            if _local(each.tag) != "sheet":
                continue
            key = next((value for name, value in each.attrib.items() if name.endswith("}id")), "")
            part = relations.get(key, ("", ""))
            if not part[0].endswith("/worksheet"):
                continue
            if part[1] not in self._names:
                raise damaged()
            found.append(Named(each.get("name", ""), each.get("state", "visible") != "visible", part[1]))
        if not found:
            raise damaged()
        return found

    @cached_property
    def since_1904(self) -> bool:
        marks = [
            each.get("date1904", "0") for each in self._tree(self._book).iter() if _local(each.tag) == "workbookPr"
        ]
        return any(mark in ("1", "true") for mark in marks)

    @cached_property
    def date_styles(self) -> frozenset[str]:
        """The styles (by the number that cells have) that show a number as a date or a time."""
        part = self._of_book("/styles")
        if part is None:
            return frozenset()
        tree = self._tree(part)
        dates = {str(number) for number in _BUILT_IN_DATES}
        for each in tree.iter():
            if _local(each.tag) == "numFmt" and is_date_format(each.get("formatCode", "")):
                dates.add(each.get("numFmtId", ""))
        formats = next((each for each in tree.iter() if _local(each.tag) == "cellXfs"), None)
        if formats is None:
            return frozenset()
        return frozenset(str(number) for number, each in enumerate(formats) if each.get("numFmtId", "0") in dates)

    @cached_property
    def texts(self) -> list[str]:
        """The texts that cells of all sheets refer to."""
        part = self._of_book("/sharedStrings")
        if part is None:
            return []
        found: list[str] = []
        pieces: list[str] = []
        place = {"in_text": False, "sounded": False}

        def start(name: str, _attributes: dict[str, str]) -> None:
            name = name.rpartition(":")[2]
            if name == "si":
                pieces.clear()
            elif name == "t":
                place["in_text"] = not place["sounded"]
            elif name == "rPh":
                place["sounded"] = True

        def end(name: str) -> None:
            name = name.rpartition(":")[2]
            if name == "t":
                place["in_text"] = False
            elif name == "rPh":
                place["sounded"] = False
            elif name == "si":
                found.append(unescaped("".join(pieces)))

        def characters(text: str) -> None:
            if place["in_text"]:
                pieces.append(text)

        reader = parser()
        reader.StartElementHandler, reader.EndElementHandler = start, end
        reader.CharacterDataHandler = characters
        try:
            for chunk in self.chunks(part, 1 << 16):
                reader.Parse(chunk, False)
            reader.Parse(b"", True)
        except (expat.ExpatError, ValueError) as error:
            raise damaged() from error
        return found

    def chunks(self, part: str, size: int) -> Iterator[bytes]:
        """A part, piece by piece."""
        try:
            with self._archive.open(part) as stream:
                while chunk := stream.read(size):
                    yield chunk
        except _BROKEN as error:
            raise damaged() from error

    # --- its parts

    @cached_property
    def _book(self) -> str:
        for kind, part in self._relations("").values():
            if kind.endswith("/officeDocument") and part in self._names:
                return part
        raise damaged()

    def _of_book(self, kind: str) -> str | None:
        relations = self._relations(self._book).values()
        return next((part for each, part in relations if each.endswith(kind) and part in self._names), None)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """By id: the kind of a relation and the part that it leads to."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self._names:
            raise damaged()
        return {
            each.get("Id", ""): (
                each.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/"),
            )
            for each in self._tree(path).iter()
            if _local(each.tag) == "Relationship"
        }

    def _tree(self, part: str) -> Element:
        try:
            tree: Element = SafeElementTree.fromstring(self._bytes(part), forbid_dtd=True)
        except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
            raise damaged() from error
        return tree

    def _bytes(self, part: str) -> bytes:
        try:
            if self._archive.getinfo(part).file_size > MAX_SMALL_PART:
                raise refused("unpacks-too-large", _("This file unpacks to far more than a workbook holds."))
            return self._archive.read(part)
        except _BROKEN as error:
            raise damaged() from error


def parser() -> Any:
    """A parser of XML that stops at a document type: no entities, nothing from elsewhere."""
    made = expat.ParserCreate()
    made.buffer_text = True

    def stop(*_arguments: object) -> None:
        raise damaged()

    made.StartDoctypeDeclHandler = stop
    made.EntityDeclHandler = stop
    return made


def unescaped(text: str) -> str:
    """Characters that XML cannot hold stand in a workbook as `_x000D_`; halves of a pair stay as they are written."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _character(found[0], int(found[1], 16)), text)


def _character(written: str, code: int) -> str:
    return written if 0xD800 <= code <= 0xDFFF else chr(code)


def is_date_format(code: str) -> bool:
    """Whether a number format shows days, months, hours or seconds: `dd-mm-jjjj` and the like."""
    shown = _NOT_SHOWN_AS_TYPED.sub("", code.partition(";")[0]).lower().replace("general", "")
    return any(letter in shown for letter in "ymdhs")


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _leads_outside(relation: Element) -> bool:
    """A link in a cell is only looked at by people; everything else from outside would be fetched."""
    kind = relation.get("Type", "")
    return kind.endswith(("/externalLink", "/externalLinkPath")) or (
        relation.get("TargetMode", "") == "External" and not kind.endswith("/hyperlink")
    )


def _with_macros() -> Refused:
    return refused("macros", _("This workbook holds macros. Save it as .xlsx without macros, and try again."))


def _with_links() -> Refused:
    detail = _("This workbook refers to other files or sources. Break those links, save it, and try again.")
    return refused("external-links", detail)
