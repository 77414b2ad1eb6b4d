"""What was handed in: the history of a report, its versions, two of them side by side, and the receipt of one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from consortia import exports, notation
from impact import content, drafts, receipt
from impact.forms import comparing
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import HeadcountsForm
from impact.forms.participations import listed
from impact.forms.places import label_at
from impact.forms.unidentified import UnidentifiedForm
from impact.models import ReportVersion, VersionStatus
from impact.views import history, work_lists
from impact.views.desk import SECTION_TITLES, Desk
from impact.views.refusals import work_page


@require_safe
@work_page
def versions(request: HttpRequest, slug: str, period: str) -> HttpResponseBase:
    """Who handed in what and when; with `versie` in the address the whole content of an older version."""
    desk = Desk(request, slug, period)
    number = request.GET.get("versie", "")
    chosen = next((version for version in desk.standing.versions if str(version.number) == number), None)
    rows = _with_people(desk).order_by("-number")
    if exports.is_asked(request):
        return work_lists.versions(request, desk, rows)
    context: dict[str, Any] = {
        "desk": desk,
        "page": "versions",
        "sections": desk.states(),
        "versions": rows,
        "counting": desk.standing.counting,
        "moments": history.moments(desk) if desk.sees_everything and chosen is None else [],
        "chosen": chosen,
    }
    if chosen is not None:
        context |= contents_of(desk, chosen)
    return render(request, "impact/work/versions.html", context)


def contents_of(desk: Desk, version: ReportVersion) -> dict[str, Any]:
    """The four sections of a version, to read."""
    lines = drafts.lines_of(version)
    codes = [line.code for line in desk.questions.action_lines]
    return {
        "figures": FiguresForm.of_lines(desk.questions, lines, desk.previous),
        "organisations": [(row, row.involvements(codes)) for row in listed(lines).values()],
        "unidentified": UnidentifiedForm.of_lines(desk.questions, lines, desk.previous),
        "headcounts": HeadcountsForm.of_lines(desk.questions, lines, desk.previous, blank=0),
        "is_unchanged": content.digest(lines) == version.content_hash,
        "explained": [
            {**warning, "label": label_at(warning["pointer"], lines, desk.questions)}
            for warning in (version.warnings if desk.sees_everything else [])
        ],
    }


@require_safe
@work_page
def compare(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Two versions beside each other: what differs, or with `alles` every row; by default the newest two."""
    desk = Desk(request, slug, period)
    by_number = {str(version.number): version for version in _with_people(desk).order_by("number")}
    if len(by_number) < 2 and not {"oud", "nieuw"} & set(request.GET):
        return redirect(desk.url("report_versions"))
    newest = [*list(by_number)[-2:], ""]
    old, new = by_number.get(request.GET.get("oud", newest[0])), by_number.get(request.GET.get("nieuw", newest[1]))
    if old is None or new is None:
        raise Http404
    before, after = drafts.lines_of(old), drafts.lines_of(new)
    compared = comparing.beside(before, after, desk.questions)
    context = {
        "desk": desk,
        "page": "versions",
        "sections": desk.states(),
        "versions": list(by_number.values()),
        "old": old,
        "new": new,
        "sides": [
            {
                "version": version,
                "is_counting": version == desk.standing.counting,
                "explained": [
                    (label_at(row["pointer"], of_version, desk.questions), row["detail"], row.get("explanation", ""))
                    for row in version.warnings
                ],
                "remarks": [
                    (label_at(row["pointer"], of_version, desk.questions), row["comment"])
                    for row in version.review_remarks
                ],
            }
            for version, of_version in ((old, before), (new, after))
        ],
        "everything": "alles" in request.GET,
        "compared": [(SECTION_TITLES[each.section], each) for each in compared],
        "is_same": comparing.is_nothing(compared),
    }
    return render(request, "impact/work/versions_compare.html", context)


@require_safe
@work_page
def report_receipt(request: HttpRequest, slug: str, period: str, number: int) -> HttpResponse:
    """The receipt of a version that was handed in, as PDF in the reader's language."""
    desk = Desk(request, slug, period)
    version = _with_people(desk).exclude(status=VersionStatus.DRAFT).filter(number=number).first()
    if version is None:
        raise Http404
    language = (get_language() or notation.DUTCH)[:2]
    word = "receipt" if language == notation.ENGLISH else "ontvangstbewijs"
    return HttpResponse(
        receipt.pdf(version, names_people=desk.sees_everything),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{word}-{slug}-{period}-v{number}.pdf"',
            "Content-Language": language,
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _with_people(desk: Desk) -> Any:
    """The versions that the reader may see, with who did what."""
    return ReportVersion.objects.filter(pk__in=[version.pk for version in desk.standing.versions]).select_related(
        "report__consortium", "report__quarter", "opened_by", "submitted_by", "reviewed_by"
    )
