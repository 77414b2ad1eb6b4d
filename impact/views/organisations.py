"""The section *Bedrijven* of the quarter: the list, the register beside it, and one organisation at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consortia import identifiers
from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from consortia.models import Organisation
from impact import proposals, register_search
from impact.forms import fixing, merging, organisation_rows, participations
from impact.forms.organisation_rows import Groups
from impact.forms.participations import Listed, OrganisationForm, listed
from impact.forms.pasting import SeveralForm
from impact.models import Involvement
from impact.submission import Line
from impact.views import drafting
from impact.views.desk import PARTICIPATIONS, Desk
from impact.views.drafting import UNPROCESSABLE

_MOST_FOUND = 20


def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The list, or with `organisatie` or `nieuw` in the address one organisation."""
    key, fresh = request.GET.get("organisatie", ""), _asked(request, "nieuw").upper()
    if not desk.may_fill:
        return _show_list(request, desk)
    if key in desk.organisations:
        return _show_one(request, desk, OrganisationForm.of_listed(desk.questions, desk.organisations[key]))
    if "nieuw" in request.GET:
        here = desk.listed_as.get(fresh, "")
        if here:
            return redirect(desk.section_url(PARTICIPATIONS, organisatie=here))
        known = registered([fresh]).get(fresh)
        form = (
            OrganisationForm.of_registered(desk.questions, known)
            if known
            else OrganisationForm.blank(desk.questions, identifier=fresh)
        )
        return _show_one(request, desk, form)
    return _show_list(request, desk)


def _asked(request: HttpRequest, name: str) -> str:
    """What stands in the address, without what no database takes."""
    return request.GET.get(name, "").replace("\x00", "").strip()


def _show_list(
    request: HttpRequest,
    desk: Desk,
    *,
    several: SeveralForm | None = None,
    issues: Sequence[tuple[str, str]] = (),
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    asked = _asked(request, "zoek")
    listed_ones = Organisation.objects.listed()
    matching = register_search.matching(listed_ones, asked).order_by("name", "pk")[:_MOST_FOUND]
    found = list(matching) if asked and desk.may_fill else []
    context = {
        "desk": desk,
        "section": PARTICIPATIONS,
        "sections": desk.states(PARTICIPATIONS),
        "may_add": desk.may_add(PARTICIPATIONS),
        "is_kept": desk.is_fixed_section(PARTICIPATIONS),
        **_list_context(request, desk),
        "usual": _usual(request, desk),
        "asked": asked,
        "found": sorted(((row, _listed_as(desk, row)) for row in found), key=lambda pair: bool(pair[1])),
        "more_found": len(found) == _MOST_FOUND,
        "asked_identifier": _identifier(asked),
        "several": several or SeveralForm(desk.questions),
        "involvements": Involvement.choices,
        "issues": issues,
        "base": desk.standing.tag,
        **more,
    }
    fragment = request.headers.get("X-Fragment") == "register"
    return render(
        request, "impact/work/_register.html" if fragment else "impact/work/report.html", context, status=status
    )


def groups_of(desk: Desk) -> Groups:
    return Groups(desk.organisations, desk.proposals, _codes(desk), desk.kept, desk.remarks_at)


def totals_context(desk: Desk) -> dict[str, Any]:
    """What the list adds up to, beside the quarter before."""
    return {
        "totals": organisation_rows.totals(desk.organisations, _codes(desk)),
        "totals_before": organisation_rows.totals(listed(desk.previous), _codes(desk)) if desk.previous else [],
    }


def _codes(desk: Desk) -> list[str]:
    return [line.code for line in desk.questions.action_lines]


def _list_context(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """The rows of the page at hand in their groups; `blad` and `filter` in the address say which."""
    wanted, number = _asked(request, "filter"), request.GET.get("blad", "")
    whole = groups_of(desk)
    page = whole.page(int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1, wanted)
    filtered = {"filter": wanted} if wanted else {}

    def at(to: int) -> str:
        return desk.section_url(PARTICIPATIONS, **filtered, blad=str(to)) if 1 <= to <= page.pages else ""

    return {
        "groups": page.groups,
        "page": page,
        "page_before": at(page.number - 1),
        "page_after": at(page.number + 1),
        "filter": wanted,
        "is_long": page.pages > 1 or bool(wanted),
        "list_url": list_url(request, desk),
        "shown_count": sum(whole.counts.values()),
        "proposed_count": len(desk.proposals.open),
        "section_path": desk.url(),
        **totals_context(desk),
    }


def list_url(request: HttpRequest, desk: Desk, **query: str) -> str:
    """The list, at the page and with the filter that the reader has it at."""
    kept = {name: text for name in ("filter", "blad") if (text := _asked(request, name))}
    return desk.section_url(PARTICIPATIONS, **kept, **query)


def _usual(request: HttpRequest, desk: Desk) -> proposals.Pair:
    """How an organisation that is added takes part: as was chosen, else as most did last time, or do this time."""
    given = (request.POST or request.GET).get("lijn", ""), (request.POST or request.GET).get("via", "")
    codes = {line.code for line in desk.questions.action_lines}
    if given[0] in codes and given[1] in Involvement.values:
        return given
    return desk.proposals.usual or proposals.usual(desk.lines) or ("", "")


def _listed_as(desk: Desk, organisation: Organisation) -> str:
    """Under which key the organisation stands in the list; empty if it does not."""
    known = desk.listed_as
    return known.get(organisation.kvk_number or "", "") or known.get(organisation.institution_code or "", "")


def registered(wanted: Iterable[str]) -> dict[str, Organisation]:
    """What the register lists under these numbers and codes."""
    wanted = set(wanted)
    rows = Organisation.objects.listed().filter(Q(kvk_number__in=wanted) | Q(institution_code__in=wanted))
    return {each: row for row in rows for each in (row.kvk_number, row.institution_code) if each}


def _identifier(text: str) -> str:
    """The number or code that the text is; empty where it is a name."""
    compact = text.replace(" ", "").upper()
    return compact if identifiers.is_kvk_number(compact) or identifiers.is_institution_code(compact) else ""


def _show_one(request: HttpRequest, desk: Desk, form: OrganisationForm, **more: Any) -> HttpResponse:
    fields = [*form.fields.values(), form.taking_part]
    issues = [(f"{place.label}: {error}", f"#{place.name}") for place in fields for error in place.errors]
    issues += [(f"{desk.place(each.pointer).label}: {each.detail}", "") for each in more.pop("elsewhere", [])]
    row = desk.organisations.get(form.was)
    if desk.kept is not None:
        form.fix(desk.kept.is_open, row)
    context = {
        "desk": desk,
        "form": form,
        "remarks": fixing.remarks_of(desk.remarks_at, row) if row else (),
        "section": PARTICIPATIONS,
        "sections": desk.states(PARTICIPATIONS),
        "issues": issues,
        "base": desk.standing.tag,
        "original": merging.dump(row.lines if row else [], PARTICIPATIONS),
        "name": row.name if row else "",
        **more,
    }
    return render(request, "impact/work/organisation.html", context, status=UNPROCESSABLE if issues else 200)


# --- changing the list


def change(request: HttpRequest, desk: Desk, step: str) -> HttpResponse:
    """One step on the list: one organisation, a choice of them, several pasted ones, or all that are proposed."""
    for name in ("confirm", "drop", "restore"):
        # The button of one row; ticks elsewhere do not matter to it.
        if name in request.POST:
            return _propose(request, desk, name, [request.POST[name]])
    if "add" in request.POST:
        return _add_found(request, desk, request.POST["add"])
    match step:
        case "organisation":
            return _save_one(request, desk)
        case "several":
            return _add_several(request, desk)
        case "confirm-all":
            return _propose(request, desk, "confirm", None)
    ticked = request.POST.getlist("organisation")
    keys = [key for key in ticked if key in desk.organisations]
    if not (ticked if step in ("confirm", "drop", "restore") else keys):
        return _refuse_ticked(request, desk, _("Tick the organisations first that this is about."), "#ticked")
    if step in ("confirm", "drop", "restore"):
        return _propose(request, desk, step, ticked)
    action_line, involvement = request.POST.get("action_line", ""), request.POST.get("involvement", "")
    if not action_line or involvement not in Involvement.values or step not in ("tick", "untick"):
        target = "#involvement" if action_line else "#action_line"
        return _refuse_ticked(request, desk, _("Choose an action line and how they take part."), target)
    act = participations.ticked if step == "tick" else participations.unticked
    return _store(request, desk, act(desk.lines, keys, action_line, involvement), _("Saved."))


def _refuse_ticked(request: HttpRequest, desk: Desk, reason: str, target: str) -> HttpResponse:
    """The list once more, with what was ticked and chosen, and beside the buttons what is missing."""
    return _show_list(
        request,
        desk,
        issues=[(reason, target)],
        status=UNPROCESSABLE,
        base=request.POST.get("base", ""),
        ticked=request.POST.getlist("organisation"),
        ticked_error=reason,
        chosen=(request.POST.get("action_line", ""), request.POST.get("involvement", "")),
    )


def _propose(request: HttpRequest, desk: Desk, step: str, keys: Sequence[str] | None) -> HttpResponse:
    """Confirm, drop or restore organisations; where a colleague changed one that is dropped, both are shown."""
    address: dict[str, Any] = {"actor": desk.actor, "consortium": desk.hip.slug, "quarter": desk.quarter.pk}
    keys = None if keys is None else [key.replace("\x00", "") for key in keys]
    try:
        match step:
            case "confirm":
                done = confirmed_words(proposals.confirm(**address, identifiers=keys))
            case "restore":
                proposals.restore(**address, identifiers=keys or ())
                done = _("Proposed again.")
            case _:
                rows = [desk.organisations[key] for key in keys or () if key in desk.organisations]
                if rows and request.POST.get("base", "") != desk.standing.tag:
                    # Somebody saved since: what differs is shown row by row.
                    return _store(request, desk, participations.without(desk.lines, keys or ()), "")
                seen = participations.flat(rows)
                done = dropped_words(proposals.drop(**address, identifiers=keys or (), seen=seen))
    except Refused as error:
        issues = [(str(each.detail), "") for each in error.problems]
        return _show_list(request, desk, issues=issues, status=UNPROCESSABLE)
    messages.success(request, done)
    return redirect(list_url(request, desk))


def _add_found(request: HttpRequest, desk: Desk, identifier: str) -> HttpResponse:
    """Add an organisation of the register in the usual way; one that was proposed is confirmed as proposed."""
    identifier = identifier.replace("\x00", "").strip().upper()
    known = desk.proposals.by_identifier.get(identifier)
    if known and not known.listed_as:
        return _propose(request, desk, "confirm", [identifier])
    line, involvement = _usual(request, desk)
    found = registered([identifier])
    if not line or not found:
        messages.info(request, _("Choose an action line and how they take part."))
        return redirect(desk.section_url(PARTICIPATIONS, nieuw=identifier))
    texts = {"several.pasted": identifier, "several.action_line": line, "several.involvement": involvement}
    lines, _problems = SeveralForm(desk.questions, texts).read(desk.organisations, found)
    return _store(request, desk, lines, added_words(1), lijn=line, via=involvement)


def added_words(number: int) -> str:
    text = ngettext("%(number)d organisation was added.", "%(number)d organisations were added.", number)
    return text % {"number": number}


def confirmed_words(number: int) -> str:
    text = ngettext("%(number)d organisation was confirmed.", "%(number)d organisations were confirmed.", number)
    return text % {"number": number}


def dropped_words(number: int) -> str:
    text = ngettext("%(number)d organisation was left out.", "%(number)d organisations were left out.", number)
    return text % {"number": number}


def _store(request: HttpRequest, desk: Desk, lines: Sequence[Line], done: str, **query: str) -> HttpResponse:
    try:
        drafting.store(desk, PARTICIPATIONS, lines, [], base=request.POST.get("base", ""))
    except (Stale, NotAllowedNow) as error:
        return drafting.conflict(request, desk, PARTICIPATIONS, lines, original=None, error=error)
    except Refused as error:
        issues = [(f"{desk.place(each.pointer).label}: {each.detail}", "") for each in error.problems]
        return _show_list(request, desk, issues=issues, status=UNPROCESSABLE)
    messages.success(request, done)
    return redirect(list_url(request, desk, **query))


def _save_one(request: HttpRequest, desk: Desk) -> HttpResponse:
    texts = {name: request.POST.get(name, "") for name in OrganisationForm.SINGLE}
    form = OrganisationForm(desk.questions, texts, request.POST.getlist("tick"), request.POST.get("was", ""))
    sent = {"base": request.POST.get("base", ""), "original": request.POST.get("original", "")}
    rows, problems = form.read(desk.organisations)
    whole = form.put_into(desk.organisations, rows)
    try:
        drafting.store(desk, PARTICIPATIONS, whole, problems, base=sent["base"])
    except Refused as error:
        # An organisation that is in the list already is said once, at its number, and not of each of its rows as well.
        shown = (
            error.problems
            if not problems
            else [each for each in error.problems if each in problems or each.code != "duplicate"]
        )
        return _show_one(request, desk, form, elsewhere=form.places.show(shown), **sent)
    except (Stale, NotAllowedNow) as error:
        original = _with_started_from(desk.organisations, form.was, sent["original"])
        return drafting.conflict(request, desk, PARTICIPATIONS, whole, original=original, error=error)
    messages.success(request, _("%(name)s was saved.") % {"name": rows[0].name or rows[0].identifier})
    if request.POST.get("verder"):
        return redirect(desk.section_url(PARTICIPATIONS, nieuw=""))
    return redirect(list_url(request, desk))


def _with_started_from(stored: dict[str, Listed], was: str, started_from: str) -> list[Line]:
    """The stored list, in which this organisation is what it was when its form was opened."""
    before = merging.load(started_from, PARTICIPATIONS) or []
    return [*participations.flat(row for key, row in stored.items() if key != was), *before]


def _add_several(request: HttpRequest, desk: Desk) -> HttpResponse:
    texts = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    form = SeveralForm(desk.questions, texts)
    lines, problems = form.read(desk.organisations, registered(form.identifiers))
    try:
        drafting.store(desk, PARTICIPATIONS, lines, problems, base=request.POST.get("base", ""))
    except Refused as error:
        return _refuse_several(request, desk, form, error.problems)
    except (Stale, NotAllowedNow) as error:
        return drafting.conflict(request, desk, PARTICIPATIONS, lines, original=None, error=error)
    added = len(listed(lines)) - len(desk.organisations)
    messages.success(request, added_words(added) if added else _("Saved."))
    return redirect(list_url(request, desk))


def _refuse_several(request: HttpRequest, desk: Desk, form: SeveralForm, problems: Sequence[Problem]) -> HttpResponse:
    elsewhere = form.places.show(form.numbered(problem) for problem in problems)
    fields = [form.pasted, form.action_line, form.involvement, form.organisation_type]
    issues = [(f"{place.label}: {error}", f"#{place.name}") for place in fields for error in place.errors]
    issues += [(f"{desk.place(each.pointer).label}: {each.detail}", "") for each in elsewhere]
    return _show_list(
        request, desk, several=form, issues=issues, status=UNPROCESSABLE, base=request.POST.get("base", "")
    )
