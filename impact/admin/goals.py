"""Goals: the name is edited, the numbers change by a revision with a decision."""

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import OfficeForm, OfficeInline, column, day, reason, typed
from consortia.admin.office import actor
from consortia.models import User
from consortia.templatetags import portal
from impact import dutch_numbers, ledger, programme, revising
from impact.admin.steps import LedgerStepAdmin, Step
from impact.ledger import State
from impact.models import Goal, GoalRevision, Quarter
from impact.rollups import Dimensions
from impact.views import goal_outlook

NAMES: Any = ["code", "order", "name_nl", "name_en", "indicator", "measure"]
REVISION = [
    "baseline_value", "baseline_date", "baseline_method_nl", "baseline_method_en", "baseline_source",
    "target_value", "target_date", "decision", "decided_on", "reason",
]  # fmt: skip
_MILESTONE = "milestone_"


class AmountField(forms.DecimalField):
    """A number as it is typed everywhere in the portal: `30.000` is thirty thousand, `12,50` twelve and a half."""

    widget = AdminTextInputWidget

    def __init__(self, *, label: Any, **options: Any) -> None:
        super().__init__(label=label, required=False, min_value=0, max_digits=16, decimal_places=2, **options)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return dutch_numbers.read_amount(value)
        except dutch_numbers.NotANumber as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return dutch_numbers.write(value) if isinstance(value, Decimal) else value


def _amount(label: Any) -> AmountField:
    return AmountField(label=label, help_text=gettext_lazy("For example 30.000 or 12,50. Empty: not yet known."))


class RevisionForm(forms.Form):
    """The names are those of `programme.revise_goal`; each quarter can have a milestone beside them."""

    baseline_value = _amount(gettext_lazy("Baseline"))
    baseline_date = day(gettext_lazy("Baseline date"))
    baseline_method_nl = forms.CharField(
        label=gettext_lazy("Method of the baseline (Dutch)"), required=False, widget=AdminTextareaWidget({"rows": 3})
    )
    baseline_method_en = forms.CharField(
        label=gettext_lazy("Method of the baseline (English)"), required=False, widget=AdminTextareaWidget({"rows": 3})
    )
    baseline_source = forms.CharField(label=gettext_lazy("Source of the baseline"), required=False, max_length=300)
    target_value = _amount(gettext_lazy("Target"))
    target_date = day(gettext_lazy("Target date"))
    decision = forms.CharField(label=gettext_lazy("Decision"), max_length=300)
    decided_on = day(gettext_lazy("Decided on"))
    reason = reason(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.quarters = {f"{_MILESTONE}{quarter.pk}": quarter for quarter in Quarter.objects.all()}
        for name, quarter in self.quarters.items():
            self.fields[name] = AmountField(label=quarter.pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("baseline_date"), data.get("target_date")
        if first and last and last <= first:
            self.add_error("target_date", _("The target comes after the baseline."))
        milestones: dict[Quarter, Decimal] = {}
        for name, quarter in self.quarters.items():
            value = data.pop(name, None)
            if value is None:
                continue
            milestones[quarter] = value
            if first and last and not first < quarter.end_date <= last:
                self.add_error(name, _("This quarter does not end between the baseline and the target."))
        return {**data, "milestones": milestones}

    def shown(self) -> list[tuple[Any, dict[str, Any]]]:
        return [(_("Baseline and target"), {"fields": REVISION}), self._milestones()]

    def shown_in_steps(self, is_preview: bool) -> list[tuple[Any, dict[str, Any]]]:
        """First the numbers; with what they change folded, and the reason asked."""
        numbers = {"fields": REVISION[:-1], "classes": ["collapse"] if is_preview else []}
        found = [(_("Baseline and target"), numbers), self._milestones()]
        # A reason that was written stays, also where something else has to be put right first.
        asks = is_preview or self.data.get("reason")
        return [*found, (_("Why"), {"fields": ["reason"]})] if asks else found

    def _milestones(self) -> tuple[Any, dict[str, Any]]:
        about = _("The planned value at the end of a quarter. All empty: a straight line to the target.")
        return _("Milestones"), {"fields": list(self.quarters), "description": about, "classes": ["collapse"]}


class NewGoalForm(RevisionForm, OfficeForm):
    """A new goal with its first numbers: one is of no use without the other."""

    class Meta:
        model = Goal
        fields = NAMES


class RevisionInline(OfficeInline):
    """The history of a goal, the original first."""

    model = GoalRevision
    template = "admin/rows.html"
    columns: Any = [
        "number", column("baseline_value", gettext_lazy("baseline")), "baseline_date",
        column("target_value", gettext_lazy("target")), "target_date", "milestones", "decision", "decided_on",
        "reason", "known_since", "by",
    ]  # fmt: skip
    fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoalRevision]:
        related = super().get_queryset(request).select_related("goal", "ledger_entry__actor")
        return related.prefetch_related("milestones")

    @admin.display(description=gettext_lazy("milestones"))
    def milestones(self, revision: GoalRevision) -> str:
        steps = (
            f"{portal.quarter(each.quarter_id)}: {portal.number(each.value)}" for each in revision.milestones.all()
        )
        return "; ".join(steps) or "–"

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, revision: GoalRevision) -> str:
        return revision.ledger_entry.reason or "–"

    @admin.display(description=gettext_lazy("known since"))
    def known_since(self, revision: GoalRevision) -> str:
        return date_format(timezone.localtime(revision.ledger_entry.recorded_at), "j F Y H:i")

    @admin.display(description=gettext_lazy("by"))
    def by(self, revision: GoalRevision) -> str:
        return str(revision.ledger_entry.actor or _("reference data"))


@admin.register(Goal)
class GoalAdmin(LedgerStepAdmin):
    """What a goal looks at is fixed once it is set; its numbers are revised by a step into the ledger."""

    list_display = ["code", "name_nl", "indicator", "measure", "order"]
    list_select_related = ["indicator"]
    search_fields = ["code", "name_nl", "name_en"]
    fields = NAMES
    inlines = [RevisionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["code", "indicator", "measure"] if obj else []

    def tools(self, request: HttpRequest, obj: Goal) -> list[tuple[Any, str]]:
        return [(_("Revise…"), self.step_url("revise", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"revise": self.revise_view}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewGoalForm(typed(request))
        goal = self.attempt(request, form, partial(self._create, request, form))
        if goal:
            return self.done(request, _("The goal is set."), [goal], added=True)
        fieldsets = [(_("Goal"), {"fields": NAMES}), *form.shown()]
        return self.ask(request, form, title=_("Add a goal"), fieldsets=fieldsets)

    def _create(self, request: HttpRequest, form: NewGoalForm, *, actor: User, **data: Any) -> Goal:
        goal: Goal = self.save_form(request, form, change=False)
        self.save_model(request, goal, form, change=False)
        revision = {name: data[name] for name in [*REVISION, "milestones"]}
        programme.revise_goal(actor=actor, goal=goal, **revision)
        return goal

    def revise_view(self, request: HttpRequest) -> HttpResponse:
        goal = self.chosen_one(request)
        revisions = ledger.resolve().revisions.get(goal.pk, ())
        initial: dict[str, Any] = {}
        if revisions:
            kept = [name for name in REVISION if name not in ("decision", "decided_on", "reason")]
            initial = {name: getattr(revisions[-1], name) for name in kept}
            initial |= {f"{_MILESTONE}{each.quarter_id}": each.value for each in revisions[-1].milestones.all()}
        form = RevisionForm(typed(request), initial=initial)

        def step(given: dict[str, Any]) -> Step:
            numbers = {name: value for name, value in given.items() if name != "reason"}
            return Step(
                about=_what_is_seen(numbers),
                says=_says(goal, numbers),
                effect=partial(_effect, goal, numbers),
                take=partial(programme.revise_goal, actor=actor(request), goal=goal, reason=given["reason"], **numbers),
                done=_("The goal is revised. %(reason)s") % {"reason": given["reason"]},
            )

        return self.on_preview(
            request,
            goal,
            form,
            step,
            title=_("Revise"),
            confirm=_("Confirm: revise the goal"),
            explanation=_("Progress against the original target stays available beside that against the new one."),
            template="admin/goal_step.html",
            fieldsets=form.shown_in_steps,
        )


def _effect(goal: Goal, numbers: dict[str, Any], state: State) -> dict[str, Any]:
    dimensions = Dimensions.read()
    return {"effect": goal_outlook.shown(revising.outlook(state, goal, dimensions, **numbers), state, dimensions)}


def _says(goal: Goal, numbers: dict[str, Any]) -> str:
    value = numbers["target_value"]
    words = {"goal": goal, "number": portal.number(value), "day": date_format(numbers["target_date"])}
    if value is None:
        return _("The target of “%(goal)s” for %(day)s is not yet known.") % words
    return _("The target of “%(goal)s” is %(number)s on %(day)s.") % words


def _what_is_seen(numbers: dict[str, Any]) -> str:
    """These very numbers, milestones and decision."""
    milestones = sorted((quarter.pk, str(value)) for quarter, value in numbers["milestones"].items())
    data = {**{name: str(value) for name, value in numbers.items()}, "milestones": milestones}
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
