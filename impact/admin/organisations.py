"""The register: which organisations are the same, and which succeeded another, with what that does to every figure."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminRadioSelect, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import OrganisationAdmin, RecordAdmin, column, reason, typed
from consortia.admin.office import actor, is_office
from consortia.errors import DomainError, NotAllowedNow
from consortia.models import Organisation
from impact import duplicates, ledger, links, register_search, vintages
from impact.admin.steps import LedgerStepAdmin, Step
from impact.duplicates import Likely
from impact.effects import Effect
from impact.ledger import State
from impact.models import DismissedDuplicate, EntryKind, LedgerEntry
from impact.rollups import Dimensions
from impact.views import effects
from impact.views.register_links import WHY, where_of

_MOST_NAMED = 8
_PAIRS_ON_A_PAGE = 25


class LinkForm(forms.Form):
    """What `links.link` asks for, but for the organisation from whose page one comes."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is the case?"),
        widget=AdminRadioSelect(attrs={"class": "radiolist"}),
        choices=[
            (EntryKind.MERGE.value, gettext_lazy("Merge: both are the same organisation")),
            (EntryKind.SUCCESSION.value, gettext_lazy("Succession: the other one has taken this one over")),
        ],
    )
    to = forms.CharField(
        label=gettext_lazy("The other organisation"),
        max_length=200,
        widget=AdminTextInputWidget(),
        help_text=gettext_lazy(
            "Its KVK number, its institution code, or words of its name. From then on this one counts as that one."
        ),
    )
    reason = reason()

    def clean_to(self) -> Organisation:
        """The one organisation that the text names.

        Raises:
            ValidationError: none, or more than one.
        """
        text = self.cleaned_data["to"].strip()
        rows = Organisation.objects.all()
        keys = Q(kvk_number=text) | Q(institution_code=text.upper())
        with contextlib.suppress(ValueError):
            keys |= Q(pk=UUID(text))
        exact = rows.filter(keys).first()
        if exact is not None:
            return exact
        found = list(register_search.matching(rows, text).order_by("name", "pk")[: _MOST_NAMED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("There is no such organisation in the register."))
        named = "; ".join(_with_number(row) for row in found[:_MOST_NAMED])
        more = " …" if len(found) > _MOST_NAMED else ""
        detail = _("Several are called that. Give the number of one: %(names)s")
        raise forms.ValidationError(detail % {"names": named + more})


class UndoForm(forms.Form):
    reason = reason(required=False)


def _with_number(organisation: Organisation) -> str:
    number = organisation.identifier
    return f"{organisation} ({number})" if number and organisation.name else str(organisation)


def _shown(effect_of: Callable[[State, Dimensions], Effect], state: State) -> dict[str, Any]:
    """Every figure that would change, and the vintages that would then say something else."""
    dimensions = Dimensions.read()
    effect = effect_of(state, dimensions)
    return {
        "effect": effects.shown(effects.ended(effect, dimensions), dimensions, state),
        "contradicted": vintages.contradicted(effect.cells, dimensions),
    }


def _line_of(entry: LedgerEntry) -> SafeString:
    """A link in one line: what became what when, why and by whom; and how it was, or can be, undone."""
    undoing = getattr(entry, "undone_by", None)
    if undoing is None:
        address = reverse("admin:consortia_organisation_unlink") + f"?id={entry.from_organisation_id}"
        after = format_html('<a href="{}">{}</a>', address, _("Undo…"))
    else:
        text = _("Undone on %(day)s by %(who)s, entry %(seq)d.") % {
            "day": _day(undoing), "who": undoing.actor, "seq": undoing.seq,
        }  # fmt: skip
        after = format_html("{} {}", text, undoing.reason)
    said = _("entry %(seq)d, %(day)s, %(who)s") % {"seq": entry.seq, "day": _day(entry), "who": entry.actor}
    kind = _("is the same as") if entry.kind == EntryKind.MERGE else _("was succeeded by")
    sides = (_linked(entry.from_organisation), kind, _linked(entry.to_organisation))
    return format_html("{} {} {} ({}): {} {}", *sides, said, entry.reason, after)


def _day(entry: LedgerEntry) -> str:
    return date_format(timezone.localtime(entry.recorded_at), "j F Y H:i")


def _linked(organisation: Organisation | None) -> SafeString:
    assert organisation is not None, "a link has two sides"
    address = reverse("admin:consortia_organisation_change", args=[organisation.pk])
    return format_html('<a href="{}">{}</a> {}', address, organisation, organisation.identifier)


@admin.register(Organisation)
class RegisterAdmin(OrganisationAdmin, LedgerStepAdmin):
    """A number or code that stands in a report stays: another number is another organisation."""

    change_list_template = "admin/register.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "links"] if obj else []

    @admin.display(description=gettext_lazy("links with other organisations"))
    def links(self, organisation: Organisation) -> Any:
        """Those that stand and those that were undone, newest first."""
        entries = (
            LedgerEntry.objects.filter(Q(from_organisation=organisation) | Q(to_organisation=organisation))
            .select_related("from_organisation", "to_organisation", "actor", "undone_by__actor")
            .order_by("-seq")
        )
        return format_html_join(mark_safe("<br>"), "{}", ((_line_of(entry),) for entry in entries)) or "–"

    def reported_identifiers(self, organisation: Organisation) -> list[str]:
        fixed = [name for name in ("kvk_number", "institution_code") if getattr(organisation, name)]
        named = Q(from_organisation=organisation) | Q(to_organisation=organisation)
        is_named = organisation.participations.exists() or LedgerEntry.objects.filter(named).exists()
        return fixed if fixed and is_named else []

    def tools(self, request: HttpRequest, obj: Organisation) -> list[tuple[Any, str]]:
        is_linked = LedgerEntry.objects.filter(from_organisation=obj, undone_by__isnull=True).exists()
        step = (
            (_("Undo the link…"), self.step_url("unlink", obj))
            if is_linked
            else (_("Merge, succession…"), self.step_url("link", obj))
        )
        return [step, *super().tools(request, obj), (_("In the portal"), reverse("impact:organisation", args=[obj.pk]))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {
            **super().steps(),
            "link": self.link_view,
            "unlink": self.unlink_view,
            "duplicates": self.duplicates_view,
        }

    # -- linking, on what was seen

    def link_view(self, request: HttpRequest) -> HttpResponse:
        source: Organisation = self.chosen_one(request)
        form = LinkForm(typed(request), initial={name: request.GET.get(name, "") for name in ("kind", "to")})

        def step(given: dict[str, Any]) -> Step:
            link = {"kind": given["kind"], "source": source.pk, "target": given["to"].pk, "reason": given["reason"]}
            asked = links.judge(**link, links=ledger.links())
            return Step(
                about=f"{asked.kind} {source.pk} {asked.target.pk}",
                says=_("From now on %(source)s counts as %(target)s.")
                % {"source": _with_number(source), "target": _with_number(asked.target)},
                effect=partial(_shown, partial(links.effect_of_link, asked)),
                take=partial(links.link, actor=actor(request), **link),
                done=_("%(source)s counts as %(target)s from now on. Below is %(target)s.")
                % {"source": _with_number(source), "target": _with_number(asked.target)},
                leads_to=asked.target,
            )

        return self.on_preview(
            request,
            source,
            form,
            step,
            title=_("Merge, succession"),
            confirm=_("Confirm: they count as one from now on"),
            template="admin/effect_step.html",
            explanation=_(
                "Reports keep what they say, and figures as of earlier moments stay as they were. A link can be undone."
            ),
        )

    def unlink_view(self, request: HttpRequest) -> HttpResponse:
        source: Organisation = self.chosen_one(request)
        link = ledger.links().get(source.pk)
        if link is None:
            self.message_user(request, _("This organisation is not linked."), messages.ERROR)
            return HttpResponseRedirect(self.url_of(source))
        target = Organisation.objects.get(pk=link.target)

        def step(given: dict[str, Any]) -> Step:
            return Step(
                about=f"undo {link.seq}",
                says=_("From now on %(source)s and %(target)s count each for itself again.")
                % {"source": _with_number(source), "target": _with_number(target)},
                effect=partial(_shown, partial(links.effect_of_undo, link)),
                take=partial(links.undo, actor=actor(request), seq=link.seq, reason=given["reason"]),
                done=_("Undone: each counts for itself again."),
            )

        return self.on_preview(
            request,
            source,
            UndoForm(typed(request)),
            step,
            title=_("Undo the link"),
            confirm=_("Confirm: undo the link"),
            template="admin/effect_step.html",
            explanation=_("Counts as %(target)s since entry %(seq)d of the ledger.")
            % {"target": _with_number(target), "seq": link.seq},
        )

    # -- likely duplicates

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """The queue: each pair with the way to merge it, either way round, and to say that they are two."""
        if not is_office(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._dismiss(request)
        page = Paginator(duplicates.find(), _PAIRS_ON_A_PAGE).get_page(request.GET.get("page"))
        named = Organisation.objects.in_bulk({pk for pair in page for pk in (pair.first, pair.second)})
        where = where_of(named, actor(request))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Likely duplicates"),
            "dismissed": reverse("admin:impact_dismissedduplicate_changelist"),
            "opts": self.opts,
            "page": page,
            "pairs": [self._pair(pair, named, where) for pair in page if pair.first in named and pair.second in named],
        }
        return TemplateResponse(request, "admin/duplicates.html", context)

    def _pair(self, pair: Likely, named: dict[Any, Organisation], where: dict[UUID, list[str]]) -> dict[str, Any]:
        first, second = named[pair.first], named[pair.second]

        def merge(source: Organisation, target: Organisation) -> dict[str, Any]:
            # What has no number is found by its id.
            query = urlencode({"kind": EntryKind.MERGE.value, "to": target.identifier or target.pk})
            return {
                "organisation": source,
                "where": where.get(source.pk, []),
                "url": self.url_of(source),
                "merge": f"{self.step_url('link', source)}&{query}",
            }

        return {"pair": pair, "why": WHY[pair.why], "sides": [merge(first, second), merge(second, first)]}

    def _dismiss(self, request: HttpRequest) -> HttpResponse:
        given = {name: request.POST.get(name, "") for name in ("first", "second", "reason")}
        try:
            _require_certainty(request)
            duplicates.dismiss(actor=actor(request), **given)
            self.message_user(request, _("Noted: these are two. The pair does not come back."), messages.SUCCESS)
        except DomainError as error:
            self.message_user(request, str(error.detail), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


def _require_certainty(request: HttpRequest) -> None:
    """What was dismissed does not come back, so it is said with a reason and not by a slip of the hand."""
    if not request.POST.get("reason", "").strip():
        raise NotAllowedNow(_("Say why these are two."))
    if not request.POST.get("sure"):
        raise NotAllowedNow(_("Confirm that these are two: the pair does not come back."))


@admin.register(DismissedDuplicate)
class DismissedAdmin(RecordAdmin):
    """What looked alike and is not the same, says the office."""

    columns: Any = [
        column("first", gettext_lazy("organisation"), orders=False),
        column("second", gettext_lazy("is not"), orders=False),
        "reason",
        "dismissed_by",
        "dismissed_at",
        "merge_anyway",
    ]
    list_display = fields = columns
    list_select_related = ["first", "second", "dismissed_by"]
    search_fields = ["first__name", "second__name", "reason"]
    ordering = ["-dismissed_at", "-id"]

    @admin.display(description=gettext_lazy("after all"))
    def merge_anyway(self, row: DismissedDuplicate) -> SafeString:
        """What was said stays said; a merge is possible all the same, and shows first what it changes."""
        query = urlencode({"id": row.first_id, "kind": EntryKind.MERGE.value, "to": row.second_id})
        address = f"{reverse('admin:consortia_organisation_link')}?{query}"
        return format_html('<a href="{}">{}</a>', address, _("Merge all the same…"))
