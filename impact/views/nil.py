"""*Nothing happened*: asks once what that means for a section, and then attests it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow
from impact import drafts, nil, zeros
from impact.forms import merging
from impact.views.desk import PARTICIPATIONS, SECTION_TITLES, SECTIONS, Desk
from impact.views.refusals import work_page


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def report_nil(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """Say what will be attested; POST attests it."""
    desk = Desk(request, slug, period)
    access.require(desk.actor, Permission.FILL, desk.hip)
    section = request.GET.get("sectie", "")
    if section not in SECTIONS:
        return redirect(desk.url())
    if request.method == "POST":
        return _attest(request, desk, section)
    if not desk.may_fill:
        return redirect(desk.section_url(section))
    in_draft = merging.SECTIONS[section]
    here = merging.of_section(desk.lines, section)
    kept = [line for line in here if not zeros.is_zero(line)]
    context = {
        "desk": desk,
        "section": section,
        "title": SECTION_TITLES[section],
        "sections": desk.states(section),
        "missing": len(zeros.missing(in_draft, desk.lines, drafts.known(desk.report, desk.lines))),
        "kept": len(kept),
        "is_list": section == PARTICIPATIONS,
    }
    return render(request, "impact/work/nil.html", context)


def _attest(request: HttpRequest, desk: Desk, section: str) -> HttpResponse:
    try:
        part = nil.attest_nil(
            actor=desk.actor, consortium=desk.hip.slug, quarter=desk.quarter.pk, section=merging.SECTIONS[section]
        )
    except NotAllowedNow as error:
        messages.error(request, error.detail)
        return redirect(desk.section_url(section))
    messages.success(
        request,
        _("Attested: nothing happened in this part.") if part.is_nil else _("Zero is now in every empty cell."),
    )
    return redirect(desk.section_url(section))
