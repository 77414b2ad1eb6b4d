"""The quarter: one section at a time, saved as a draft, with every problem at its field and nothing lost."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import exports
from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from impact.forms import fixing, headcounts, merging
from impact.forms.fields import Field
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import HeadcountsForm
from impact.forms.merging import Side
from impact.forms.unidentified import UnidentifiedForm
from impact.submission import Line
from impact.views import drafting, grid_words, organisations, past, work_lists
from impact.views.desk import FIGURES, HEADCOUNTS, PARTICIPATIONS, SECTIONS, UNIDENTIFIED, Desk
from impact.views.refusals import work_page

_FORMS: dict[str, type[FiguresForm | UnidentifiedForm | HeadcountsForm]] = {
    FIGURES: FiguresForm,
    UNIDENTIFIED: UnidentifiedForm,
    HEADCOUNTS: HeadcountsForm,
}


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def report(request: HttpRequest, slug: str, period: str) -> HttpResponseBase:
    """One section of a report, to read or to fill; every button is a POST of its section."""
    desk = Desk(request, slug, period)
    section = request.GET.get("sectie", FIGURES)
    if section not in SECTIONS:
        return redirect(desk.url())
    if request.method == "POST":
        return _post(request, desk, section)
    if section == PARTICIPATIONS and exports.is_asked(request):
        return work_lists.organisations(request, desk)
    if section == PARTICIPATIONS:
        return organisations.show(request, desk)
    return _show(request, desk, form_of(desk, section))


def form_of(desk: Desk, section: str, lines: Sequence[Line] | None = None) -> Any:
    """The form of a section as it is stored, with the quarter before beside it."""
    stored = desk.lines if lines is None else lines
    if section == HEADCOUNTS:
        blank = headcounts.BLANK_ROWS if desk.may_fill and desk.may_add(HEADCOUNTS) else 0
        form: Any = HeadcountsForm.of_lines(desk.questions, stored, desk.previous, blank=blank)
    else:
        form = _FORMS[section].of_lines(desk.questions, stored, desk.previous)
    fixing.mark(form, desk.kept, desk.remarks_at)
    return form


def _show(
    request: HttpRequest,
    desk: Desk,
    form: Any,
    *,
    elsewhere: Sequence[Problem] = (),
    sent: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The section with its problems; `sent` is the tag and the start that a posted form was built on."""
    issues = [(f"{place.label}: {error}", f"#{place.name}") for place in _fields(form) for error in place.errors]
    for problem in elsewhere:
        place = desk.place(problem.pointer)
        issues.append((f"{place.label}: {problem.detail}", place.url))
    place_of_section = SECTIONS.index(form.section)
    states = desk.states(form.section)
    context = {
        "desk": desk,
        "form": form,
        "section": form.section,
        "sections": states,
        "following": states[place_of_section + 1] if place_of_section + 1 < len(states) else None,
        "issues": issues,
        "base": desk.standing.tag,
        "original": merging.dump(merging.of_section(desk.lines, form.section), form.section),
        "history": past.of(desk, form.section),
        "may_add": desk.may_add(form.section),
        "is_kept": desk.is_fixed_section(form.section),
        "words": json.dumps(grid_words.words(form.section, desk.questions)),
        "stored": json.dumps(grid_words.stored(desk.lines, form.section)),
        **(sent or {}),
    }
    return render(request, "impact/work/report.html", context, status=drafting.UNPROCESSABLE if issues else 200)


def _fields(form: Any) -> list[Field]:
    if isinstance(form, FiguresForm):
        return [place for row in form.rows for cell in row.cells for place in cell.fields]
    if isinstance(form, HeadcountsForm):
        return [place for row in form.rows for place in row.parts.values()]
    return list(form.fields)


def _post(request: HttpRequest, desk: Desk, section: str) -> HttpResponse:
    step = request.POST.get("stap", "save")
    if step == "merge":
        return _merge(request, desk, section)
    if section == PARTICIPATIONS:
        return organisations.change(request, desk, step)
    form = _posted(request, desk, section, step)
    sent = {"base": request.POST.get("base", ""), "original": request.POST.get("original", "")}
    if step == "more":
        return _show(request, desk, form, sent=sent)
    lines, problems = form.read()
    try:
        drafting.store(desk, section, lines, problems, base=sent["base"])
    except Refused as error:
        return _show(request, desk, form, elsewhere=form.places.show(error.problems), sent=sent)
    except (Stale, NotAllowedNow) as error:
        original = merging.load(sent["original"], section) or []
        return drafting.conflict(request, desk, section, lines, original=original, error=error)
    messages.success(request, _("Saved."))
    if step != "next":
        return redirect(desk.section_url(section))
    if section == SECTIONS[-1]:
        return redirect(desk.url("report_check"))
    return redirect(desk.section_url(SECTIONS[SECTIONS.index(section) + 1]))


def _posted(request: HttpRequest, desk: Desk, section: str, step: str) -> Any:
    """The form as it was typed; with the step "more" it has empty rows again."""
    texts = {name: str(value) for name, value in request.POST.items()}
    if section == HEADCOUNTS:
        blank = headcounts.BLANK_ROWS if step == "more" else 0
        form: Any = HeadcountsForm(desk.questions, texts, desk.previous, blank=blank)
    else:
        form = _FORMS[section](desk.questions, texts, desk.previous)
    fixing.mark(form, desk.kept, desk.remarks_at)
    return form


def _merge(request: HttpRequest, desk: Desk, section: str) -> HttpResponse:
    """Save what was chosen on the page of a conflict."""
    mine = merging.load(request.POST.get("mine", ""), section)
    if mine is None:
        messages.error(request, _("This page could not be read. Nothing was saved."))
        return redirect(desk.section_url(section))
    base, sent = request.POST.get("base", ""), request.POST.get("original", "")
    original = merging.load(sent, section) if sent else None
    theirs = merging.of_section(desk.lines, section)
    choices = {
        name.removeprefix("choice:"): str(value) for name, value in request.POST.items() if name.startswith("choice:")
    }
    differences = merging.differences(mine, theirs, None, desk.questions)
    if base == desk.standing.tag and any(choices.get(row.key) not in set(Side) for row in differences):
        undecided = Stale(_("Choose for each row what is to be kept."), is_own="own" in request.POST)
        return drafting.conflict(request, desk, section, mine, original=original, error=undecided, choices=choices)
    merged = merging.merged(mine, theirs, choices)
    try:
        drafting.store(desk, section, merged, [], base=base)
    except (Stale, NotAllowedNow) as error:
        return drafting.conflict(request, desk, section, mine, original=original, error=error, choices=choices)
    except Refused as error:
        if section == PARTICIPATIONS:
            return drafting.conflict(request, desk, section, mine, original=original, error=error, choices=choices)
        return _show_merged(request, desk, section, merged)
    messages.success(request, _("Saved, with what you chose."))
    return redirect(desk.section_url(section))


def _show_merged(request: HttpRequest, desk: Desk, section: str, merged: Sequence[Line]) -> HttpResponse:
    """What was chosen cannot be stored: back to the form, with it filled in and every problem at its field."""
    form = form_of(desk, section, merged)
    lines, problems = form.read()
    elsewhere: list[Problem] = []
    try:
        drafting.store(desk, section, lines, problems, base=desk.standing.tag)
    except Refused as error:
        elsewhere = form.places.show(error.problems)
    return _show(request, desk, form, elsewhere=elsewhere)
