"""Making the report of a vintage: in both languages, for both audiences, and handing it over to be kept."""

from collections.abc import Iterator

from django.utils import translation

from consortia.models import User
from impact import report_editions
from impact.models import Audience, ProgrammeReport, Vintage
from impact.programme_report import contents, files
from impact.programme_report.contents import Read
from impact.report_editions import Document

LANGUAGES = ("nl", "en")


def make(*, actor: User, vintage: Vintage, note: str = "") -> ProgrammeReport:
    """The report of the vintage with this note: the edition that has it already, or else the next one.

    Raises:
        NotPermitted, Refused: as `report_editions.keep`.
    """
    report_editions.check(actor=actor, note=note)
    newest = report_editions.newest(vintage)
    if newest is not None and newest.note == note.strip():
        return newest
    number = newest.number + 1 if newest else 1
    documents = [
        document
        for audience in Audience.values
        for document in _documents(contents.read(vintage, audience=audience, actor=actor), number=number, note=note)
    ]
    return report_editions.keep(actor=actor, vintage=vintage, number=number, note=note, documents=documents)


def _documents(read: Read, *, number: int, note: str) -> Iterator[Document]:
    for language in LANGUAGES:
        with translation.override(language):
            content = contents.said(read, number=number, note=note)
            yield Document(language, read.audience, content, pdf=files.pdf(content), xlsx=files.xlsx(content))
