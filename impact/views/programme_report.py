"""The report on the programme of a vintage: making it in one click, and handing out what was made."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from consortia import notation, spreadsheets
from consortia.models import User
from impact import report_editions
from impact.models import Audience, ProgrammeReport, ProgrammeReportDocument, Vintage
from impact.programme_report import making
from impact.submission import MAX_TEXT
from impact.views.refusals import work_page

EDITION = "editie"
_FILES = {"pdf": "application/pdf", "xlsx": spreadsheets.CONTENT_TYPE}


class NoteForm(forms.Form):
    """What the office says in the report, before it is made."""

    note = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=MAX_TEXT,
        strip=True,
        widget=forms.Textarea({"rows": 5}),
        help_text=gettext_lazy(
            "What the steering committee should know beside the figures. It stands in the report for the committee, "
            "not in the public one, and cannot be changed once the report is made."
        ),
    )


def on_page(vintage: Vintage, user: Any) -> dict[str, Any]:
    """What the page of a vintage shows of its report: by edition the documents, and for the office the form."""
    editions: dict[ProgrammeReport, list[ProgrammeReportDocument]] = {}
    for document in report_editions.of_vintage(vintage, user, language=_language()):
        editions.setdefault(document.report, []).append(document)
    return {
        "editions": list(editions.items()),
        "makes_reports": report_editions.may_make(user),
        "sees_in_full": report_editions.sees_in_full(user),
        "note_form": NoteForm(),
    }


@require_POST
@work_page
def make(request: HttpRequest, code: str) -> HttpResponse:
    """Make it, and show where it is."""
    assert isinstance(request.user, User)
    vintage = _find(code)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else request.POST.get("note", "")
    making.make(actor=request.user, vintage=vintage, note=note)
    return redirect(f"{reverse('impact:vintage', args=[vintage.code])}#report")


@require_safe
@cache_control(private=True, no_store=True)
@work_page
def of_committee(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """With everything in it, for who sees what counts in the whole programme."""
    return _file(request, code, kind, Audience.COMMITTEE)


@require_safe
@cache_control(private=True, no_cache=True)
def of_everybody(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Without what is not public."""
    return _file(request, code, kind, Audience.PUBLIC)


def _file(request: HttpRequest, code: str, kind: str, audience: Audience) -> HttpResponse:
    vintage, edition = _find(code), request.GET.get(EDITION, "")
    if kind not in _FILES:
        raise Http404
    if edition and not (edition.isascii() and edition.isdigit() and len(edition) <= 4):
        raise Http404
    document = report_editions.find(
        vintage, request.user, language=_language(), audience=audience, number=int(edition) if edition else None
    )
    if document is None:
        raise Http404(_("This report has not been made yet."))
    content, sha256 = (document.pdf, document.pdf_sha256) if kind == "pdf" else (document.xlsx, document.xlsx_sha256)
    name = _("programme-report") if audience == Audience.COMMITTEE else _("programme-report-public")
    return HttpResponse(
        bytes(content),
        content_type=_FILES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{vintage.code}-{document.report.number}.{kind}"',
            "ETag": f'"{sha256}"',
        },
    )


def _find(code: str) -> Vintage:
    row = Vintage.objects.select_related("last_quarter", "entry").filter(code=code).first()
    if row is None:
        raise Http404(_("There is no such vintage."))
    return row


def _language() -> str:
    return (get_language() or notation.DUTCH)[:2]
