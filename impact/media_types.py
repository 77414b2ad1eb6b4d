"""What a file is by its content, whatever its name says, and whether it may be kept as evidence. Pure.

Not kept are scripts, macros and links that load something as far as they can be seen, and what is two things at once.
In a PDF its objects are looked at, also packed ones; what its pages show is not. Images are drawn anew, which leaves
out where and with what they were taken. It is no virus scanner: what is kept is only ever offered as a download.
"""

import io
import re
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MAX_SIZE = 10 * 1024 * 1024
"""Bytes of one file."""
MAX_PIXELS = 12_500_000
"""A telephone takes photos of twelve million; drawing one anew takes no more than 100 MB."""
MAX_PIXELS_OF_PHOTO = 25_000_000
"""Of a JPEG, which is read at half its width and height where it has more than `MAX_PIXELS`."""
MAX_PIXELS_OF_WEBP = 3_500_000
"""Reading and drawing one takes far more memory than the other kinds do."""
_MAX_ENTRIES = 5_000
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_UNPACKED_PDF = 50 * 1024 * 1024
_PEEK = 512
_MAX_XML = 4 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """A file as it may be kept: its bytes may differ from those that came in."""

    data: bytes
    media_type: str
    extension: str


class Unfit(Exception):
    """A file that is not kept; `code` names why, `detail` says it to the one who brought it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


_OOXML = "application/vnd.openxmlformats-officedocument."
_OFFICE = {
    f"{_OOXML}wordprocessingml.document": "docx",
    f"{_OOXML}spreadsheetml.sheet": "xlsx",
    f"{_OOXML}presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_IMAGES = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
EXTENSIONS = {"application/pdf": "pdf", **_OFFICE, **dict(_IMAGES.values())}
"""By media type."""
_BROKEN_IMAGE = (
    OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, SyntaxError, EOFError, struct.error,
    zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_BROKEN_PACKAGE = (
    zipfile.BadZipFile, OSError, ValueError, KeyError, IndexError, EOFError, NotImplementedError, RuntimeError,
    struct.error, zlib.error, ParseError, DefusedXmlException,
)  # fmt: skip
_PDF_ACTION = re.compile(rb"/(?:JavaScript|Launch|RichMedia|EmbeddedFiles?)(?![A-Za-z])")
_PDF_SCRIPT = re.compile(rb"/JS(?![A-Za-z])")
_PDF_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n)")
_PDF_PACKED = re.compile(rb"/(?:O|#4[Ff])(?:b|#62)(?:j|#6[Aa])(?:S|#53)(?:t|#74)(?:m|#6[Dd])(?![A-Za-z])")
_PDF_OBJECTS = re.compile(rb"\s*\d+\s+\d+\s")
"""How packed objects begin: the number of the first and where it stands."""
_PDF_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_MACRO = re.compile(
    r"(?:vba(?:Project|Data|ProjectSignature)[^/]*|(?:.*/)?(?:macrosheets|activeX|Basic|Scripts)/.*|.*/?oleObject[^/]*"
    r"|.*\.(?:exe|dll|js|vbs|bat|cmd|ps1|jar|scr|com|hta|lnk))",
    re.IGNORECASE,
)


def inspect(data: bytes) -> Kept:
    """The file as it may be kept.

    Raises:
        Unfit: too large, of no kind that is kept, damaged, or holding what does not belong in it.
    """
    if not data:
        raise Unfit("empty", _("This file is empty."))
    if len(data) > MAX_SIZE:
        raise Unfit("too-large", _("This file is larger than %(number)d MB.") % {"number": MAX_SIZE // 1024**2})
    if data.startswith(b"%PDF-"):
        return _pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _package(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _image(data, "PNG")
    if data.startswith(b"\xff\xd8\xff"):
        return _image(data, "JPEG")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _image(data, "WEBP")
    raise _unknown(data)


def _unknown(data: bytes) -> Unfit:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        detail = _(
            "This is an old Office file, or one with a password. Save it as docx, xlsx or pptx without a password."
        )
        return Unfit("old-office", detail)
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
        return Unfit("heic", _("This photo is in a format that not everybody can open. Save it as JPEG."))
    if data.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")):
        return Unfit("program", _("This is a program, not a document."))
    start = data[:1024].lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower()
    if start.startswith(b"<") or b"<svg" in start or b"<html" in start:
        detail = _("Web pages and drawings in SVG can hold programs. Print the page to PDF, or take a picture of it.")
        return Unfit("web-page", detail)
    return Unfit("unknown-type", _("Only PDF, PNG, JPEG and WebP images, and files of Office or LibreOffice are kept."))


def _pdf(data: bytes) -> Kept:
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\x00 \t\r\n"):
        raise Unfit("damaged", _("This PDF is damaged, or something is hidden behind its end. Print it to PDF again."))
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise Unfit("two-things", _("This file is a PDF and something else at once. Print it to PDF again."))
    plain, packed = _pdf_objects(data)
    # Three characters may stand by chance among the packed bytes of a picture; longer words do not.
    if _acts(data, _PDF_ACTION) or any(_acts(each, _PDF_ACTION, _PDF_SCRIPT) for each in (plain, *packed)):
        raise Unfit("active", _("This PDF holds a program or other files. Print it to PDF again."))
    return Kept(data, "application/pdf", "pdf")


def _acts(objects: bytes, *wanted: re.Pattern[bytes]) -> bool:
    """Whether something happens when the file is opened, however the names for it are spelled."""
    unescaped = _PDF_NAME.sub(lambda found: bytes.fromhex(found[1].decode()), objects)
    return any(each.search(objects) or each.search(unescaped) for each in wanted)


def _pdf_objects(data: bytes) -> tuple[bytes, list[bytes]]:
    """What stands outside the streams, and the content of the streams that hold objects.

    Raises:
        Unfit: objects are packed in a way that nobody can look into, or are far more than a document has.
    """
    view = memoryview(data)
    outside, packed, position, room = [], [], 0, _MAX_UNPACKED_PDF
    must = _pdf_packed_at(data)
    for found in _PDF_STREAM.finditer(data):
        start = found.end()
        end = data.find(b"endstream", start)
        end = len(data) if end < 0 else end
        if found.start() >= position:
            outside.append(data[position:start])
            position = end
        try:
            begin = zlib.decompressobj().decompress(view[start : min(end, start + _PEEK)], _PEEK)
            if start not in must and not _PDF_OBJECTS.match(begin):
                continue
            inflater = zlib.decompressobj()
            objects = inflater.decompress(view[start:end], room)
        except zlib.error:
            inflater, objects = None, b""
        room -= len(objects)
        if room <= 0:
            raise Unfit("bomb", _("This file is far larger unpacked than a document is."))
        if start in must and (inflater is None or not inflater.eof):
            raise Unfit("packed", _("Nobody can look into this PDF. Save it without a password, or print it to PDF."))
        packed.append(objects)
    return b"".join([*outside, data[position:]]), packed


def _pdf_packed_at(data: bytes) -> set[int]:
    """Where the streams begin that say that they hold objects."""
    found = (_PDF_STREAM.search(data, each.end()) for each in _PDF_PACKED.finditer(data))
    return {each.end() for each in found if each}


def _image(data: bytes, image_format: str) -> Kept:
    try:
        with warnings.catch_warnings():
            # Pillow only warns of what would fill the memory.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[image_format]) as image:
                if image_format == "JPEG" and MAX_PIXELS < image.width * image.height <= MAX_PIXELS_OF_PHOTO:
                    image.draft(None, (image.width // 2, image.height // 2))
                if image.width * image.height > (MAX_PIXELS_OF_WEBP if image_format == "WEBP" else MAX_PIXELS):
                    raise Unfit("too-many-pixels", _("This image has too many pixels. Make it smaller."))
                # A photo of a telephone may carry a second, small one behind it; that is left out.
                if image_format != "JPEG" and getattr(image, "n_frames", 1) > 1:
                    raise Unfit("animated", _("Moving images are not kept. Save one picture of it."))
                image.load()
                drawn = io.BytesIO()
                ImageOps.exif_transpose(image, in_place=True)
                _bare(image, image_format).save(drawn, image_format, **_how(image_format))
    except _BROKEN_IMAGE as error:
        raise Unfit("damaged", _("This image is damaged, or not what its name says.")) from error
    if drawn.tell() > MAX_SIZE:
        raise Unfit("too-large", _("This file is larger than %(number)d MB.") % {"number": MAX_SIZE // 1024**2})
    return Kept(drawn.getvalue(), *_IMAGES[image_format])


def _bare(image: Image.Image, image_format: str) -> Image.Image:
    """The picture alone: no place, camera, comment, profile or palette."""
    has_alpha = image_format != "JPEG" and image.has_transparency_data
    if image.mode.startswith("I"):
        # Sixteen bits of grey, as scanners make them.
        grey = image if image.mode == "I;16" else image.convert("I")
        image = grey.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if has_alpha else "L" if image.mode in ("1", "L") else "RGB"
    # A copy of what is right already would take as much memory again.
    bare = image if image.mode == mode else image.convert(mode)
    bare.info = {}
    return bare


def _how(image_format: str) -> dict[str, int]:
    return {} if image_format == "PNG" else {"quality": 88}


def _package(data: bytes) -> Kept:
    """An office file is a zip with a known table of contents; any other zip is not kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _require_plain(data, package, entries)
            names = {entry.filename for entry in entries}
            media_type = _open_document(package, entries) or _office_open(package, names)
            if media_type not in _OFFICE:
                raise Unfit("archive", _("Archives are not kept. Add the documents in it one by one."))
            if any(_MACRO.fullmatch(name.rpartition("/")[2]) or _MACRO.fullmatch(name) for name in names):
                raise Unfit(
                    "macros", _("This file holds macros or other files. Save it without them, or print it to PDF.")
                )
            _require_nothing_loaded(package, entries)
    except _BROKEN_PACKAGE as error:
        raise Unfit(
            "damaged", _("This file is damaged, or has a password. Save it again, without a password.")
        ) from error
    return Kept(data, media_type, _OFFICE[media_type])


def _require_plain(data: bytes, package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    # Nothing before the first entry, nothing behind the end of the table, and no remark in which something could hide.
    if not entries or min(each.header_offset for each in entries) or package.comment or data[-22:-18] != b"PK\x05\x06":
        raise Unfit("two-things", _("Something is hidden in this file. Save it again, or print it to PDF."))
    if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
        raise Unfit("bomb", _("This file is far larger unpacked than a document is."))
    if len(set(names)) < len(names) or any(".." in name.split("/") or name.startswith("/") for name in names):
        raise Unfit("damaged", _("This file is damaged, or has a password. Save it again, without a password."))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unfit("password", _("This file has a password. Save it without one."))


def _open_document(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    if entries[0].filename != "mimetype":
        return ""
    media_type = _read(package, entries[0], 100).decode("ascii", "replace")
    manifest = next((entry for entry in entries if entry.filename == "META-INF/manifest.xml"), None)
    if manifest is not None and b"encryption-data" in _read(package, manifest, _MAX_XML):
        raise Unfit("password", _("This file has a password. Save it without one."))
    return media_type


def _office_open(package: zipfile.ZipFile, names: set[str]) -> str:
    if "[Content_Types].xml" not in names:
        return ""
    types = fromstring(_read(package, package.getinfo("[Content_Types].xml"), _MAX_XML))
    declared = {each.get("ContentType", "") for each in types}
    if any("macroEnabled" in each or "vbaProject" in each for each in declared):
        raise Unfit("macros", _("This file holds macros or other files. Save it without them, or print it to PDF."))
    return next((kind for kind in _OFFICE if f"{kind}.main+xml" in declared), "")


def _require_nothing_loaded(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """A link that somebody clicks is fine; what is loaded when the file opens is not."""
    for entry in entries:
        if not entry.filename.endswith(".rels"):
            continue
        for each in fromstring(_read(package, entry, _MAX_XML)):
            if each.get("TargetMode") == "External" and not each.get("Type", "").endswith("/hyperlink"):
                raise Unfit("loads", _("This file loads something from elsewhere. Print it to PDF."))


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """One entry, whatever size it claims to have."""
    with package.open(entry) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Unfit("bomb", _("This file is far larger unpacked than a document is."))
    return content
