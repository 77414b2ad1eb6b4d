"""What the ledger and the reports know of HIPs, on their pages in the administration."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import ConsortiumAdmin, day, reason, typed
from consortia.admin.office import actor
from consortia.models import Consortium
from impact import programme, taking_part
from impact.admin.steps import LedgerStepAdmin, Step
from impact.models import EntryKind, LedgerEntry


class ParticipationForm(forms.Form):
    """The names are those of `programme.set_participation`."""

    start_date = day(gettext_lazy("Takes part from"))
    end_date = day(
        gettext_lazy("Takes part until"),
        required=False,
        help_text=gettext_lazy(
            "Expected in every quarter on whose last day it takes part. Empty: until further notice."
        ),
    )
    reason = reason()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day lies before the first."))
        return data


@admin.register(Consortium)
class HipAdmin(ConsortiumAdmin, LedgerStepAdmin):
    """With the days from and until which the HIP takes part: they decide what it owes, so they are in the ledger."""

    list_display = [*ConsortiumAdmin.list_display, "takes_part"]
    shown: Any = ["takes_part", "lead"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consortium]:
        newest = LedgerEntry.objects.filter(kind=EntryKind.PARTICIPATION, consortium=OuterRef("pk")).order_by("-seq")
        return (
            super()
            .get_queryset(request)
            .annotate(
                takes_part_from=Subquery(newest.values("start_date")[:1]),
                takes_part_until=Subquery(newest.values("end_date")[:1]),
            )
        )

    @admin.display(description=gettext_lazy("takes part"))
    def takes_part(self, consortium: Any) -> str:
        if consortium.takes_part_from is None:
            return _("not yet")
        return _period(consortium.takes_part_from, consortium.takes_part_until)

    def tools(self, request: HttpRequest, obj: Consortium) -> list[tuple[Any, str]]:
        reports = reverse("admin:impact_quarterlyreport_changelist") + f"?consortium__id__exact={obj.pk}"
        return [
            (_("Takes part from, until…"), self.step_url("participation", obj)),
            *super().tools(request, obj),
            (_("Reports"), reports),
        ]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {**super().steps(), "participation": self.participation_view}

    def response_add(self, request: HttpRequest, obj: Consortium, post_url_continue: Any = None) -> HttpResponse:
        """A HIP that takes part in nothing yet is half a HIP: on to the dates."""
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(self.step_url("participation", obj))

    def participation_view(self, request: HttpRequest) -> HttpResponse:
        consortium = self.chosen_one(request)
        form = ParticipationForm(
            typed(request),
            initial={"start_date": consortium.takes_part_from, "end_date": consortium.takes_part_until},
        )
        # Of a HIP that took no part yet nothing changes that was said before.
        form.fields["reason"].required = consortium.takes_part_from is not None

        def step(given: dict[str, Any]) -> Step:
            first, last = given["start_date"], given["end_date"]
            days = {"start_date": first, "end_date": last}
            noted = _("The dates are in the ledger: %(period)s. %(reason)s")
            return Step(
                about=f"{first} {last}",
                says=_("%(hip)s takes part %(period)s.") % {"hip": consortium, "period": _period(first, last)},
                effect=lambda state: {
                    "effect": taking_part.outlook(actor(request), state, consortium, **days),
                    "hip": consortium,
                },
                take=partial(
                    programme.set_participation,
                    actor=actor(request),
                    consortium=consortium,
                    reason=given["reason"],
                    **days,
                ),
                done=(noted % {"period": _period(first, last), "reason": given["reason"]}).strip(),
            )

        return self.on_preview(
            request,
            consortium,
            form,
            step,
            title=_("Takes part from, until"),
            confirm=_("Confirm: these days hold from now on"),
            template="admin/participation_step.html",
            explanation=_("At present: %(period)s. Figures as of earlier moments keep the dates that held then.")
            % {"period": self.takes_part(consortium)},
        )


def _period(first: date, last: date | None) -> str:
    if last is None:
        return _("from %(first)s on") % {"first": date_format(first)}
    return _("%(first)s to %(last)s") % {"first": date_format(first), "last": date_format(last)}
