"""What HIPs planned: lines that are added, and then stand; the newest of a year and item holds."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from consortia import notation
from consortia.admin import RecordAdmin, typed
from consortia.models import Consortium
from impact import budgets, ledger
from impact.models import BudgetLine, Indicator


class BudgetForm(forms.Form):
    """The names are those of `budgets.plan`."""

    consortium = forms.ModelChoiceField(Consortium.objects.all(), label=gettext_lazy("HIP"))
    year = forms.TypedChoiceField(label=gettext_lazy("Calendar year"), coerce=int)
    indicator = forms.ModelChoiceField(
        Indicator.objects.none(),
        label=gettext_lazy("Item"),
        help_text=gettext_lazy("An amount in euro of the codebook. Add a cost item of your own there."),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Planned in euro"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text=gettext_lazy("Empty: not known (any more)."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"), help_text=gettext_lazy("The decision or document that it comes from.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        years: Any = self.fields["year"]
        years.choices = [(year, str(year)) for year in budgets.years()]
        items: Any = self.fields["indicator"]
        items.queryset = Indicator.objects.filter(pk__in=budgets.items(ledger.resolve()))


@admin.register(BudgetLine)
class BudgetLineAdmin(RecordAdmin):
    """A change is a new line: what was planned before stays to be seen."""

    may_add = True
    list_display = ["consortium", "year", "indicator", "planned", "source", "setter", "set_at"]
    list_display_links = ["consortium", "year"]
    list_filter = ["year", "indicator", "consortium"]
    search_fields = ["consortium__name", "source"]
    ordering = ["-id"]
    fields = ["consortium", "year", "indicator", "planned", "source", "setter", "set_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BudgetLine]:
        return super().get_queryset(request).select_related("consortium", "indicator", "set_by")

    @admin.display(description=gettext_lazy("planned"), ordering="amount")
    def planned(self, line: BudgetLine) -> str:
        if line.amount is None:
            return _("not known")
        return notation.euro(line.amount, language=get_language() or notation.DUTCH)

    @admin.display(description=gettext_lazy("by"))
    def setter(self, line: BudgetLine) -> Any:
        return line.set_by

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {name: request.GET.get(name) for name in ("consortium", "year", "indicator")}
        form = BudgetForm(typed(request), initial=initial)
        line = self.attempt(request, form, budgets.plan)
        if line:
            return self.done(request, _("Added; it holds from now on."), [line], added=True)
        return self.ask(
            request,
            form,
            title=_("Add a budget line"),
            explanation=_("The newest line of a HIP, year and item holds. Lines are never changed or deleted."),
        )
