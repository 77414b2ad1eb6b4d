"""Evidence with a report: the list, adding a file or a link, and the files themselves, for who sees the report."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consortia import access
from consortia.access import Permission
from consortia.errors import Problem, Refused
from impact import evidence as domain
from impact import media_types, places
from impact.models import Evidence
from impact.views.desk import Desk, Place
from impact.views.places import Places, chosen_place
from impact.views.refusals import work_page

_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def evidence(request: HttpRequest, slug: str, period: str) -> HttpResponse:
    """What stands with the report, by place; adding and taking away as long as it may be filled in."""
    desk = Desk(request, slug, period)
    access.require(request.user, Permission.SEE_REPORTS, desk.hip)
    if request.method != "POST":
        return _show(request, desk, {"place": request.GET.get("plek", places.WHOLE)})
    where: dict[str, Any] = {"actor": desk.actor, "consortium": slug, "quarter": period}
    step, _colon, which = request.POST.get("stap", "").partition(":")
    if step == "remove":
        domain.remove(**where, evidence=_id(which))
        messages.success(request, _("Taken away. Nobody gets it any more."))
        return redirect(desk.url("report_evidence"))
    typed = {name: request.POST.get(name, "") for name in ("title", "link")} | {"place": chosen_place(request)}
    where |= {"title": typed["title"], "place": typed["place"]}
    try:
        _add(request, where, typed["link"])
    except Refused as error:
        return _show(request, desk, typed, refusal=error)
    messages.success(request, _("Added."))
    return redirect(desk.url("report_evidence"))


def _add(request: HttpRequest, where: dict[str, Any], link: str) -> None:
    file = request.FILES.get("file")
    if file is None:
        domain.add_link(**where, link=link)
        return
    if link.strip():
        raise Refused([Problem("/link", "too-many", _("Give a file or a link, not both."))])
    # One byte more than is kept is enough to see that it is too large.
    domain.add_file(**where, data=file.read(media_types.MAX_SIZE + 1), name=str(file.name))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _show(request: HttpRequest, desk: Desk, typed: dict[str, str], *, refusal: Refused | None = None) -> HttpResponse:
    named = Places(desk)
    problems = [(problem.pointer.strip("/"), str(problem.detail)) for problem in refusal.problems] if refusal else []
    errors: dict[str, list[str]] = {}
    for name, detail in problems:
        errors.setdefault(name, []).append(detail)
    context = {
        "desk": desk,
        "page": "evidence",
        "sections": desk.states(),
        "evidence": by_place(desk, named),
        "removed": [] if desk.report._state.adding else domain.removed_of(desk.actor, desk.report),
        "typed": typed,
        "errors": errors,
        "issues": [(detail, f"#{name}" if name else "") for name, detail in problems],
        "place_choices": named.choices(typed["place"]),
        "place_by_number": named.has_too_many,
        "largest": media_types.MAX_SIZE // 1024**2,
    }
    return render(request, "impact/work/evidence.html", context, status=_UNPROCESSABLE if problems else 200)


def by_place(desk: Desk, named: Places | None = None) -> list[tuple[Place, list[Evidence]]]:
    """What stands with a report, in the order of its places: the whole quarter first."""
    if desk.report._state.adding:
        return []
    named = named or Places(desk)
    found = domain.grouped(domain.of_report(desk.actor, desk.report))
    return [(named.named(place), rows) for place, rows in sorted(found.items())]


@csp_replace({"default-src": ["'none'"], "sandbox": True})
@require_safe
@work_page
def file(request: HttpRequest, slug: str, period: str, id: UUID) -> HttpResponse:  # noqa: A002 - as in the address
    """A file to download: never shown within the portal, and kept by no cache on the way."""
    found = domain.file_of(request.user, slug, period, id)
    response = HttpResponse(found.file.read(), content_type=found.media_type)
    name = f"{found.title}.{media_types.EXTENSIONS[found.media_type]}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
