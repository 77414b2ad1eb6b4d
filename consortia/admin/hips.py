"""The HIPs, their partnerships (PPS'en) and their partners."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import access, clock, partners
from consortia.access import Permission
from consortia.admin.office import OfficeAdmin, OfficeInline, day, reason, typed
from consortia.models import Consortium, Organisation, Partner, PartnerLevel, PartnerRole, Partnership, User

TEXTS = [
    "regions", "themes", "grant_eur", "grant_is_maximum", "total_cost_eur", "description_nl", "description_en",
    "website", "source",
]  # fmt: skip


class PartnershipInline(OfficeInline):
    model = Partnership
    may_add = may_change = True
    fields = ["name", "start_date", "end_date"]
    show_change_link = True


class MissingFilter(admin.SimpleListFilter):
    """HIPs that nobody can hand in for, or that nobody leads."""

    title = gettext_lazy("missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("coordinator", gettext_lazy("no coordinator")), ("lead", gettext_lazy("no lead partner"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Consortium]) -> QuerySet[Consortium]:
        if self.value() == "coordinator":
            return queryset.filter(pk__in=access.consortia_without(Permission.SUBMIT))
        if self.value() == "lead":
            return queryset.exclude(pk__in=Partner.objects.leading_on(clock.today()).values("consortium"))
        return queryset


class ConsortiumAdmin(OfficeAdmin):
    """Names, texts and amounts of a HIP. Registered in `impact.admin`, which knows when it takes part."""

    list_display = ["number", "name", "lead", "regions", "is_placeholder"]
    list_display_links = ["number", "name"]
    list_filter = ["is_placeholder", MissingFilter, "themes"]
    search_fields = ["name", "slug", "regions"]
    inlines = [PartnershipInline]
    shown: Any = ["lead"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consortium]:
        today = Partner.objects.leading_on(clock.today()).select_related("organisation")
        return super().get_queryset(request).prefetch_related(Prefetch("partners", today, to_attr="leading_today"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = self.shown if obj else []
        return ["number", "slug", "name", "is_placeholder", *shown, *TEXTS]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        # The address of a HIP that has its name is in use: in links, in tables that people downloaded, in scripts.
        return ["number", *self.shown] if obj.is_placeholder else ["number", "slug", *self.shown]

    def save_model(self, request: HttpRequest, obj: Consortium, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.initial.get("is_placeholder") and not obj.is_placeholder:
            named = _("%(hip)s has its name. Its address is %(address)s from now on, and stays that.")
            messages.success(request, named % {"hip": obj, "address": f"/hips/{obj.slug}"})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change, **options)
        if "slug" in form.base_fields:
            form.base_fields["slug"].help_text = _(
                "The last part of the address of its pages, and its name in the API. Choose it together with the real "
                "name: after that it stays, for an old address leads nowhere."
            )
        if "is_placeholder" in form.base_fields:
            form.base_fields["is_placeholder"].help_text = _("Goes by itself once the real name is entered.")
        return form

    @admin.display(description=gettext_lazy("lead partner"))
    def lead(self, consortium: Any) -> str:
        return ", ".join(str(partner.organisation) for partner in consortium.leading_today) or "–"

    def tools(self, request: HttpRequest, obj: Consortium) -> list[tuple[Any, str]]:
        listed = reverse("admin:consortia_partner_changelist") + f"?consortium__id__exact={obj.pk}"
        invited = reverse("admin:consortia_user_add")
        added = reverse("admin:consortia_partner_add") + f"?consortium={obj.pk}"
        return [
            (_("Hand over the lead…"), self.step_url("lead", obj)),
            (_("Add a partner…"), added),
            (_("Invite somebody…"), f"{invited}?consortium={obj.pk}"),
            (_("Partners"), listed),
        ]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"lead": self.lead_view}

    def lead_view(self, request: HttpRequest) -> HttpResponse:
        consortium = self.chosen_one(request)
        form = LeadForm(typed(request))
        if self.attempt(request, form, partners.replace_lead, consortium=consortium):
            return self.done(request, _("The lead is handed over."), [consortium])
        return self.ask(
            request,
            form,
            title=_("Hand over the lead"),
            objects=[consortium],
            explanation=_("At present: %(name)s.") % {"name": self.lead(consortium)},
        )


def _organisation() -> forms.ModelChoiceField:
    """Looked up while typing: the register is far too long for a list."""
    return forms.ModelChoiceField(
        Organisation.objects.all(),
        label=gettext_lazy("Organisation"),
        widget=AutocompleteSelect(Partner._meta.get_field("organisation"), admin.site),
    )


class LeadForm(forms.Form):
    organisation = _organisation()
    first_day = day(gettext_lazy("Lead partner from"))
    former_stays = forms.BooleanField(
        label=gettext_lazy("The former lead partner stays as an ordinary partner"), required=False, initial=True
    )


class PartnerForm(forms.Form):
    consortium = forms.ModelChoiceField(Consortium.objects.all(), label=gettext_lazy("HIP"))
    organisation = _organisation()
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=PartnerRole, initial=PartnerRole.PARTNER)
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=PartnerLevel, initial=PartnerLevel.INVOLVED)
    partnership = forms.ModelChoiceField(
        Partnership.objects.all(),
        label=gettext_lazy("Partnership (PPS)"),
        required=False,
        widget=AutocompleteSelect(Partner._meta.get_field("partnership"), admin.site),
    )
    start_date = day(gettext_lazy("First day"), required=False)
    end_date = day(gettext_lazy("Last day"), required=False)


class CorrectionForm(forms.Form):
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=PartnerLevel)
    partnership = forms.ModelChoiceField(
        Partnership.objects.all(), label=gettext_lazy("Partnership (PPS)"), required=False
    )
    start_date = day(gettext_lazy("First day"), required=False)
    end_date = day(gettext_lazy("Last day"), required=False)

    def __init__(self, *args: Any, partner: Partner, **options: Any) -> None:
        super().__init__(*args, **options)
        partnership = self.fields["partnership"]
        assert isinstance(partnership, forms.ModelChoiceField)
        partnership.queryset = Partnership.objects.filter(consortium=partner.consortium_id)


class EndForm(forms.Form):
    last_day = day(gettext_lazy("Last day"))
    reason = reason()


@admin.register(Partnership)
class PartnershipAdmin(OfficeAdmin):
    may_delete = True
    list_display = ["name", "consortium", "start_date", "end_date"]
    list_filter = ["consortium"]
    list_select_related = ["consortium"]
    search_fields = ["name", "consortium__name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["consortium"] if obj else []


@admin.register(Partner)
class PartnerAdmin(OfficeAdmin):
    """Dated: a partner is added, ended or succeeded, never deleted."""

    may_change = False
    list_display = ["organisation", "consortium", "role", "level", "start_date", "end_date"]
    list_filter = ["role", "level", "consortium"]
    list_select_related = ["organisation", "consortium"]
    search_fields = ["organisation__name", "organisation__kvk_number", "consortium__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        return super().get_queryset(request).select_related("organisation", "consortium", "partnership")

    def tools(self, request: HttpRequest, obj: Partner) -> list[tuple[Any, str]]:
        return [(_("Put right…"), self.step_url("correct", obj)), (_("End…"), self.step_url("end", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"correct": self.correct_view, "end": self.end_view}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PartnerForm(typed(request), initial={"consortium": request.GET.get("consortium")})
        partner = self.attempt(request, form, partners.add_partner)
        if partner:
            return self.done(request, _("The partner is added."), [partner], added=True)
        return self.ask(request, form, title=_("Add a partner"))

    def correct_view(self, request: HttpRequest) -> HttpResponse:
        partner = self.chosen_one(request)
        initial = {
            "level": partner.level,
            "partnership": partner.partnership_id,
            "start_date": partner.start_date,
            "end_date": partner.end_date,
        }
        form = CorrectionForm(typed(request), initial=initial, partner=partner)
        if self.attempt(request, form, partners.change_partner, partner=partner):
            return self.done(request, _("The partner is put right."), [partner])
        return self.ask(request, form, title=_("Put right"), objects=[partner])

    def end_view(self, request: HttpRequest) -> HttpResponse:
        partner = self.chosen_one(request)
        form = EndForm(typed(request))
        if self.attempt(request, form, self._end, partner=partner):
            noted = _("The partner is ended: %(reason)s") % {"reason": form.cleaned_data["reason"]}
            return self.done(request, noted, [partner])
        explanation = _("What was reported stays. The organisation can become a partner again.")
        if partner.role == PartnerRole.LEAD:
            explanation += " " + _("%(hip)s has no lead partner afterwards; to change it, hand over the lead.") % {
                "hip": partner.consortium
            }
        return self.ask(request, form, title=_("End a partner"), objects=[partner], explanation=explanation)

    def _end(self, *, actor: User, partner: Partner, last_day: date, reason: str) -> Partner:
        return partners.end_partner(actor=actor, partner=partner, last_day=last_day)
