"""What is kept as evidence, by its content alone; and what nobody may hand to a colleague, each with its own reason."""

import contextlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from impact.media_types import EXTENSIONS, MAX_SIZE, Unfit, inspect
from tests.impact import files
from tests.impact.files import PDF, image, office, open_document, package, relations

KEPT = {
    "pdf": PDF,
    "png": image(),
    "jpg": image("JPEG"),
    "webp": image("WEBP"),
    "docx": office(),
    "xlsx": office("spreadsheetml.sheet"),
    "pptx": office("presentationml.presentation"),
    "odt": open_document(),
    "ods": open_document("spreadsheet"),
    "odp": open_document("presentation"),
}


@pytest.mark.parametrize("extension", KEPT)
def test_documents_and_images_are_known_by_their_content(extension):
    kept = inspect(KEPT[extension])

    assert (kept.extension, EXTENSIONS[kept.media_type]) == (extension, extension)


REFUSED = {
    "nothing": (b"", "empty"),
    "too much": (b"%PDF-1.7" + b"0" * MAX_SIZE, "too-large"),
    "a web page": (b"\xef\xbb\xbf<!DOCTYPE html><script>alert(1)</script>", "web-page"),
    "a drawing with a script": (b'<?xml version="1.0"?><svg onload="alert(1)"/>', "web-page"),
    "a drawing behind a remark": (b"  \n<!-- x --><svg/>", "web-page"),
    "a program for Windows": (b"MZ\x90\x00", "program"),
    "a program for Linux": (b"\x7fELF\x02", "program"),
    "a script": (b"#!/bin/sh\nrm -rf /", "program"),
    "text": (b"gewoon tekst", "unknown-type"),
    "a GIF": (image("GIF", "P"), "unknown-type"),
    "an old Word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old-office"),
    "a photo in HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
    "an archive": (package({"a.txt": "a"}), "archive"),
    "an archive that calls itself a document": (package({"mimetype": "application/epub+zip"}), "archive"),
    "an empty archive": (package({}), "unknown-type"),
    "a PDF that ends too soon": (PDF[:-7], "damaged"),
    "a PDF with a page behind it": (PDF + b"<script>alert(1)</script>", "damaged"),
    "a PDF that is an archive as well": (PDF[:-7] + package({"a.exe": "MZ"}) + b"\n%%EOF", "two-things"),
    "a PDF with a program": (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"), "active"),
    "a PDF with a hidden program": (PDF.replace(b"/Catalog", b"/Catalog << /S /J#61vaScript >>"), "active"),
    "a PDF that starts a program": (PDF.replace(b"/Catalog", b"/Catalog << /S /Launch >>"), "active"),
    "a PDF with a file in it": (PDF.replace(b"/Catalog", b"/Catalog /Names << /EmbeddedFiles 2 0 R >>"), "active"),
    "a PDF with a packed program": (files.pdf_with_packed(b"<< /S /JavaScript /JS (x) >>"), "active"),
    "a PDF with a packed rendition": (files.pdf_with_packed(b"<< /S /Rendition /JS 6 0 R >>"), "active"),
    "a PDF with an escaped packed program": (files.pdf_with_packed(b"<< /S /J#61vaScript >>", b"/Obj#53tm"), "active"),
    "a PDF with packed objects without a name": (files.pdf_with_packed(b"<< /S /Launch >>", b""), "active"),
    "a PDF with a script in plain sight": (PDF.replace(b"/Catalog", b"/Catalog << /JS (x) >>"), "active"),
    "a PDF with packed objects that cannot be read": (
        files.pdf_with_packed(b"<< >>").replace(zlib.compress(b"5 0 << >>"), b"geheim"),
        "packed",
    ),
    "a PDF that fills the memory": (files.pdf_with_packed(b" " * 60 * 1024 * 1024), "bomb"),
    "a page that calls itself an image": (b"\x89PNG\r\n\x1a\n<script>", "damaged"),
    "half an image": (image("JPEG", size=(400, 400))[:300], "damaged"),
    "an image that fills the memory": (files.png_that_claims(60_000, 60_000), "damaged"),
    "an image with too many pixels": (files.png_that_claims(8_000, 8_000), "too-many-pixels"),
    "a moving image": (
        image("WEBP", save_all=True, append_images=[Image.new("RGB", (40, 30), "red")], duration=100),
        "animated",
    ),
    "Word with macros": (office(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin"), "macros"),
    "Word that says it has macros": (
        package({"[Content_Types].xml": files.declared("application/vnd.ms-word.document.macroEnabled")}),
        "macros",
    ),
    "Excel with old macros": (office("spreadsheetml.sheet", xl__macrosheets__sheet1="x"), "macros"),
    "Word with something in it": (office(word__embeddings__oleObject1="x"), "macros"),
    "LibreOffice with macros": (open_document(Basic__Standard__Module1="x"), "macros"),
    "LibreOffice with scripts": (open_document(Scripts__python__x="x"), "macros"),
    "Word that loads a template": (
        package({"[Content_Types].xml": files.declared(f"{files.OOXML}wordprocessingml.document"),
                 "word/_rels/settings.xml.rels": relations("http://elders.example/x.dotm", "attachedTemplate")}),
        "loads",
    ),
    "Word with a bomb of entities": (
        package({"[Content_Types].xml": '<!DOCTYPE x [<!ENTITY a "aaaa">]><T><O ContentType="&a;"/></T>'}),
        "damaged",
    ),
    "Word with a password": (files.encrypted_package(), "password"),
    "LibreOffice with a password": (
        package({"mimetype": files.ODF + "text", "META-INF/manifest.xml": "<m><encryption-data/></m>"}), "password",
    ),
    "a document that unpacks without end": (files.bomb(), "bomb"),
    "a document with something before it": (b"PK\x03\x04" + b"<script>" + office(), "two-things"),
    "a document with something behind it": (office() + b"<script>", "two-things"),
    "a document that climbs out": (office(**{"..__..__etc__passwd": "x"}), "damaged"),
    "a broken document": (office()[:-10], "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_harm_a_colleague_is_refused_with_a_reason(name):
    data, code = REFUSED[name]

    with pytest.raises(Unfit) as refusal:
        inspect(data)

    assert refusal.value.code == code
    assert refusal.value.detail


def test_a_photo_no_longer_says_where_or_with_what_it_was_taken():
    kept = inspect(files.photo())

    drawn = Image.open(io.BytesIO(kept.data))
    assert not drawn.getexif()
    assert not {"exif", "comment", "xmp"} & set(drawn.info)
    assert b"Telefoonmerk" not in kept.data and b"Anna" not in kept.data
    assert drawn.size == (20, 60), "it stands upright, as the camera held it"


@pytest.mark.parametrize("how", [b"/Type /ObjStm", b"/Type /XObject"])
def test_a_pdf_may_pack_its_objects(how):
    assert inspect(files.pdf_with_packed(b"<< /Type /Page /JSX 1 >>", how)).extension == "pdf"


def test_three_letters_by_chance_in_a_picture_are_no_program():
    picture = b"7 0 obj << /Subtype /Image >>\nstream\n\x00\xff/JS\x00\xff\nendstream\nendobj\n"

    assert inspect(PDF.replace(b"trailer", picture + b"trailer")).extension == "pdf"


def test_a_larger_photo_is_kept_at_half_its_size():
    kept = inspect(image("JPEG", size=(5_000, 4_000)))

    assert Image.open(io.BytesIO(kept.data)).size == (2_500, 2_000)
    for larger in (
        image("JPEG", size=(6_000, 4_500)),
        image("PNG", size=(4_000, 3_500)),
        image("WEBP", size=(2_000, 2_000)),
    ):
        with pytest.raises(Unfit) as unfit:
            inspect(larger)
        assert unfit.value.code == "too-many-pixels"


def test_an_image_is_drawn_anew_so_that_nothing_travels_with_it():
    assert b"Anna" not in inspect(files.png_with_text()).data
    assert b"<script>" not in inspect(image() + b"<script>").data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_of_every_mode_are_kept(mode):
    drawn = Image.open(io.BytesIO(inspect(image(mode=mode)).data))

    assert drawn.size == (40, 30)
    assert drawn.mode == ("RGBA" if mode in ("LA", "RGBA") else "L" if mode in ("1", "L", "I;16") else "RGB")


def test_sixteen_bits_of_grey_keep_their_shade():
    assert Image.open(io.BytesIO(inspect(image(mode="I;16")).data)).getpixel((1, 1)) == 100


def test_a_document_may_link_to_a_page_and_a_chart_may_have_its_sheet():
    linked = relations("https://example.org", "hyperlink")

    assert inspect(package({
        "[Content_Types].xml": files.declared(f"{files.OOXML}presentationml.presentation"),
        "ppt/_rels/slide1.xml.rels": linked,
        "ppt/embeddings/Microsoft_Excel_Sheet1.xlsx": "x",
    })).extension == "pptx"  # fmt: skip


@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
def test_whatever_the_bytes_are_they_are_kept_or_refused(data, start):
    with contextlib.suppress(Unfit):
        assert inspect(start + data).data
