"""Files as people bring them, and as nobody should: each made here, so that its content is what the test says."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image, PngImagePlugin

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


def pdf_with_packed(objects: bytes, how: bytes = b"/Type /ObjStm", *, ending: bytes = b"endstream") -> bytes:
    """A PDF of which some objects are packed in a stream, as newer programs write them."""
    packed = zlib.compress(b"5 0 " + objects)
    stream = b"4 0 obj\n<< %s /N 1 /First 4 /Filter /FlateDecode >>\nstream\n%s\n%s\nendobj\n" % (how, packed, ending)
    return PDF.replace(b"trailer", stream + b"trailer")


def image(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, 25_600 if mode == "I;16" else 90 if mode in ("L", "1", "P") else None).save(
        written, kind, **how
    )
    return written.getvalue()


def photo() -> bytes:
    """A photo that says where it was taken, on its side, with a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telefoonmerk"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 0.0), 3: "E", 4: (4.0, 53.0, 0.0)})
    return image("JPEG", exif=exif, comment=b"bij Anna thuis", size=(60, 20))


def png_with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Anna")
    return image("PNG", pnginfo=info)


def png_that_claims(width: int, height: int) -> bytes:
    """A small file that says that it is a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def package(entries: Mapping[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return written.getvalue()


def office(kind: str = "wordprocessingml.document", **more: str | bytes) -> bytes:
    """A document of Office; keys of `more` are names of entries with __ for a slash."""
    entries: dict[str, str | bytes] = {"[Content_Types].xml": declared(OOXML + kind), "word/document.xml": "<w/>"}
    return package(entries | {name.replace("__", "/"): content for name, content in more.items()})


def declared(media_type: str) -> str:
    """The table of contents of an office file whose main part is of this type."""
    return f'<Types><Override PartName="/main.xml" ContentType="{media_type}.main+xml"/></Types>'


def open_document(kind: str = "text", **more: str | bytes) -> bytes:
    entries: dict[str, str | bytes] = {"mimetype": ODF + kind, "content.xml": "<x/>"}
    return package(entries | {name.replace("__", "/"): content for name, content in more.items()})


def relations(target: str, kind: str, mode: str = "External") -> str:
    one = f'<Relationship Id="1" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return f"<Relationships>{one}</Relationships>"


def encrypted_package() -> bytes:
    """A document whose entries say that they have a password."""
    data = bytearray(office())
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(marker)
        while start >= 0:
            data[start + offset] |= 1
            start = data.find(marker, start + 4)
    return bytes(data)


def bomb() -> bytes:
    """A document that is 300 MB unpacked."""
    return office(word__media__large=b"\0" * (300 * 1024 * 1024))
