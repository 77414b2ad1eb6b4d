"""Texts and their translations, with Babel alone: a fresh machine has no gettext programs.

`python -m ptvt_portal.translations compile|collect|check`: make the binary catalogues, bring the texts of the code into
`locale/*/LC_MESSAGES/django.po`, or complain about texts without a translation.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

CHECKOUT = Path(__file__).resolve().parent.parent
LOCALE = CHECKOUT / "locale"
SOURCES = ("consortia", "impact", "events", "ptvt_portal", "templates")

# The texts of the code are English, so that only the Dutch catalogue has to be complete.
COMPLETE = ("nl",)

KEYWORDS: dict[str, Any] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def compile_stale() -> None:
    """Write each binary catalogue that is older than its texts, whole or not at all."""
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        content = io.BytesIO()
        write_mo(content, _read(source))
        partial = target.with_suffix(".partial")
        partial.write_bytes(content.getvalue())
        partial.replace(target)


def collect() -> None:
    """Bring the texts of the code into the catalogues: new ones without translation, gone ones removed."""
    template = _texts_of_the_code()
    for path in catalogues():
        catalogue = _read(path)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, omit_header=False, no_location=True)


def complaints() -> Iterator[str]:
    """Every text of the code that a complete catalogue does not translate."""
    template = _texts_of_the_code()
    for language in COMPLETE:
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        if not path.exists():
            yield f"{path.relative_to(CHECKOUT)} is missing"
            continue
        catalogue = _read(path)
        for message in template:
            if not message.id:
                continue
            found = catalogue.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            place = ":".join(map(str, message.locations[0])) if message.locations else "?"
            if found is None or not (all(found.string) if isinstance(found.string, (tuple, list)) else found.string):
                yield f"{place}: no {language} for {message.id!r}"
            elif found.fuzzy:
                yield f"{place}: the {language} for {message.id!r} is marked as uncertain"
        for message in catalogue:
            for problem in message.check(catalogue) if message.id else []:
                yield f"{path.relative_to(CHECKOUT)}: {message.id!r}: {problem}"


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def _texts_of_the_code() -> Catalog:
    catalogue = Catalog()
    for folder in SOURCES:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts or not path.is_file():
                continue
            for line, messages, comments, context in _texts_of(path):
                catalogue.add(
                    messages, None, [(str(path.relative_to(CHECKOUT)), line)], auto_comments=comments, context=context
                )
    return catalogue


def _texts_of(path: Path) -> Iterator[Any]:
    if path.suffix == ".py":
        with path.open("rb") as file:
            yield from extract("python", file, keywords=KEYWORDS, comment_tags=["Translators:"])
        return
    yield from _texts_of_template(path.read_text(), str(path))


def _texts_of_template(source: str, origin: str) -> Iterator[Any]:
    """Django turns a template into lines of calls of gettext among padding; Babel reads those calls."""
    from django.utils.translation.template import templatize

    for number, line in enumerate(templatize(source, origin=origin).splitlines(), start=1):
        for position in _calls(line):
            content = io.BytesIO(line[position:].encode())
            for _, messages, comments, context in extract("python", content, keywords=KEYWORDS):
                yield number, messages, comments, context
                break


def _calls(line: str) -> Iterator[int]:
    position = -1
    for name in ("npgettext(", "ngettext(", "pgettext(", "gettext(", "_("):
        while (position := line.find(name, position + 1)) >= 0:
            if position == 0 or not line[position - 1].isalnum():
                yield position
        position = -1


def main(action: str) -> int:
    if action == "compile":
        compile_stale()
    elif action == "collect":
        collect()
    elif action == "check":
        problems = list(complaints())
        print("\n".join(problems) or "every text is translated")
        return int(bool(problems))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {"compile", "collect", "check"}:
        sys.exit("usage: python -m ptvt_portal.translations compile|collect|check")
    sys.exit(main(sys.argv[1]))
