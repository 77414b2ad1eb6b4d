"""The codebook: names are edited, what an indicator means changes by a new definition from a quarter on."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import OfficeForm, OfficeInline, reason, typed
from consortia.errors import DomainError
from consortia.models import User
from consortia.refusals import refuse
from impact import definitions, ledger, programme
from impact.admin.steps import LedgerStepAdmin
from impact.ledger import State
from impact.models import Indicator, IndicatorDefinition, Kind, Quarter, Rule, Source
from impact.models.codebook import DISTINCT_RULES
from impact.rollups import Dimensions
from impact.views import effects, figures

NAMES: Any = ["code", "order", "name_nl", "name_en", "question_nl", "question_en", "is_proposal"]
DEFINITION = [
    "from_quarter", "kind", "unit", "source", "rule", "by_action_line", "meaning_nl", "meaning_en", "reason",
]  # fmt: skip


class DefinitionForm(forms.Form):
    """The names are those of `programme.define_indicator`."""

    from_quarter = forms.ModelChoiceField(Quarter.objects.all(), label=gettext_lazy("From quarter"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=40)
    source = forms.ChoiceField(label=gettext_lazy("Source"), choices=Source)
    rule = forms.ChoiceField(
        label=gettext_lazy("Derived from"),
        choices=[("", "---------"), *Rule.choices],
        required=False,
        help_text=gettext_lazy("Only where it is derived, then always."),
    )
    by_action_line = forms.BooleanField(label=gettext_lazy("By action line"), required=False, initial=True)
    meaning_nl = forms.CharField(label=gettext_lazy("Meaning (Dutch)"), widget=AdminTextareaWidget)
    meaning_en = forms.CharField(label=gettext_lazy("Meaning (English)"), widget=AdminTextareaWidget)
    reason = reason(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        problem = misfit(data.get("kind"), data.get("source"), data.get("rule", ""))
        if problem and not self.errors:
            self.add_error(*problem)
        return data


def misfit(kind: str | None, source: str | None, rule: str) -> tuple[str, str] | None:
    """Why kind, source and rule do not go together, at the field to put right; the database asks the same."""
    if source == Source.ENTERED and rule:
        return "rule", _("What a HIP enters itself is not derived: leave this empty.")
    if source == Source.DERIVED and not rule:
        return "rule", _("Say from what it is derived.")
    if (kind == Kind.UNIQUE) != (rule in DISTINCT_RULES):
        return "kind", _("Different organisations are counted by the kind “unique”, and nothing else is.")
    if rule and kind not in (Kind.FLOW, Kind.UNIQUE):
        return "kind", _("What is derived is a flow, or counts different organisations.")
    return None


class NewIndicatorForm(DefinitionForm, OfficeForm):
    """A new line of the codebook with its first definition: one is of no use without the other."""

    class Meta:
        model = Indicator
        fields = NAMES


class DefinitionInline(OfficeInline):
    """The history of what an indicator means, oldest first."""

    model = IndicatorDefinition
    template = "admin/rows.html"
    fields = ["from_quarter", "kind", "unit_word", "source", "rule", "by_action_line", "meaning_nl", "known_since"]
    readonly_fields = ["unit_word", "known_since"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IndicatorDefinition]:
        return super().get_queryset(request).select_related("indicator", "from_quarter", "ledger_entry")

    @admin.display(description=gettext_lazy("known since"))
    def known_since(self, definition: IndicatorDefinition) -> str:
        return date_format(timezone.localtime(definition.ledger_entry.recorded_at), "j F Y H:i")

    @admin.display(description=gettext_lazy("unit"))
    def unit_word(self, definition: IndicatorDefinition) -> str:
        return figures.unit_word(definition.unit)


@admin.register(Indicator)
class IndicatorAdmin(LedgerStepAdmin):
    """Names, question, order and the mark of a proposal are edited; the rest is a step into the ledger."""

    list_display = ["code", "name_nl", "name_en", "is_proposal", "order"]
    list_filter = ["is_proposal"]
    search_fields = ["code", "name_nl", "name_en"]
    fields = NAMES
    inlines = [DefinitionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["code"] if obj else []

    def tools(self, request: HttpRequest, obj: Indicator) -> list[tuple[Any, str]]:
        return [(_("Define from a quarter on…"), self.step_url("define", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"define": self.define_view}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewIndicatorForm(typed(request))
        indicator = self.attempt(request, form, partial(self._create, request, form))
        if indicator:
            return self.done(request, _("The indicator and its definition are there."), [indicator], added=True)
        fieldsets = [
            (_("Indicator"), {"fields": NAMES}),
            (_("Its first definition"), {"fields": DEFINITION}),
        ]
        return self.ask(request, form, title=_("Add an indicator"), fieldsets=fieldsets)

    def _create(self, request: HttpRequest, form: NewIndicatorForm, *, actor: User, **data: Any) -> Indicator:
        indicator: Indicator = self.save_form(request, form, change=False)
        self.save_model(request, indicator, form, change=False)
        definition = {name: data[name] for name in DEFINITION}
        programme.define_indicator(actor=actor, indicator=indicator, **definition)
        return indicator

    def define_view(self, request: HttpRequest) -> HttpResponse:
        indicator = self.chosen_one(request)
        state = ledger.resolve()
        in_force = state.definitions.get(indicator.pk, ())
        newest = in_force[-1][1] if in_force else IndicatorDefinition()
        initial = {name: getattr(newest, name) for name in DEFINITION if name not in ("from_quarter", "reason")}
        form = DefinitionForm(typed(request), initial=initial)
        _offer(form, indicator, state)
        page: dict[str, Any] = {"outlook": None, "submit": _("Show what changes")}
        if request.method == "POST" and form.is_valid():
            seen = request.POST.get("seen", "")
            about = _what_is_seen(form)
            if seen == about and self.attempt(request, form, programme.define_indicator, indicator=indicator):
                return self.done(request, _("The definition is in the ledger."), [indicator])
            if form.is_valid():
                if seen:
                    form.add_error(None, _("This is something else than what you saw. Below is what would change now."))
                page = self._outlook(form, indicator) | {"seen": about}
        return self.ask(
            request,
            form,
            title=_("Define from a quarter on"),
            objects=[indicator],
            explanation=_(
                "Older quarters keep the definition that they had. Figures over several quarters use the newest one "
                "only, and are marked as a break."
            ),
            template="admin/definition_step.html",
            **page,
        )

    def _outlook(self, form: DefinitionForm, indicator: Indicator) -> dict[str, Any]:
        """What the definition would do; nothing where it may not begin in its quarter."""
        data = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
        dimensions, state = Dimensions.read(), ledger.resolve()
        try:
            programme.require_unanswered(indicator, data["from_quarter"])
        except DomainError as error:
            refuse(form, error)
            return {"outlook": None, "submit": _("Show what changes")}
        outlook = definitions.outlook(IndicatorDefinition(indicator=indicator, **data), state, dimensions)
        return {
            "outlook": outlook,
            "effect": effects.shown(outlook.effect, dimensions, state),
            "submit": _("Confirm: define it so"),
        }


def _offer(form: DefinitionForm, indicator: Indicator, state: State) -> None:
    """Only quarters in which the definition may begin; whoever sends another one is told why not."""
    quarters = {row.index: row for row in Quarter.objects.all()}
    field: Any = form.fields["from_quarter"]
    free = definitions.free(indicator, state, quarters)
    field.choices = [("", "---------"), *((quarters[index].pk, str(quarters[index])) for index in free)]


def _what_is_seen(form: DefinitionForm) -> str:
    """This very definition, on this very ledger."""
    data = {name: str(value) for name, value in form.cleaned_data.items() if name != "reason"}
    return hashlib.sha256(json.dumps([ledger.newest(), data], sort_keys=True).encode()).hexdigest()
