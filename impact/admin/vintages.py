"""Vintages: published by a step, and from then on to look at only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.admin import OfficeAdmin, column, typed
from consortia.models import User
from impact import ledger, vintages
from impact.models import Vintage
from impact.submission import MAX_TEXT
from impact.vintages import Outlook


class PublicationForm(forms.Form):
    """What `vintages.publish` asks for; the code under its name in the API."""

    id = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=60,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy("Stands in the address. Empty: the date of today."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), required=False, max_length=200, widget=AdminTextInputWidget,
        help_text=gettext_lazy("For example: progress report to the ministry, autumn 2026."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=MAX_TEXT, widget=AdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("Everybody can read this."),
    )  # fmt: skip
    seq = forms.IntegerField(
        label=gettext_lazy("Ledger entry"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("The figures as they were known after this entry. Empty: as they are known now."),
    )


@admin.register(Vintage)
class VintageAdmin(OfficeAdmin):
    may_change = False
    list_display: Any = [
        "code", "name", "published_at", "last_quarter", column("entry_id", gettext_lazy("ledger entry")), "short_hash",
    ]  # fmt: skip
    list_select_related = ["last_quarter"]
    search_fields = ["code", "name", "sha256", "sha256_full"]
    ordering = ["-id"]
    columns: Any = [
        "code", "name", "note", "published_at", "publisher", column("entry_id", gettext_lazy("ledger entry")),
        column("last_quarter_id", gettext_lazy("last quarter")), "form", "sha256", "sha256_full",
    ]  # fmt: skip
    fields = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vintage]:
        return super().get_queryset(request).select_related("published_by", "last_quarter")

    @admin.display(description=gettext_lazy("hash"))
    def short_hash(self, vintage: Vintage) -> str:
        return f"{vintage.sha256[:12]}…"

    @admin.display(description=gettext_lazy("published by"))
    def publisher(self, vintage: Vintage) -> str:
        return str(vintage.published_by)

    def tools(self, request: HttpRequest, obj: Vintage) -> list[tuple[Any, str]]:
        return [
            (_("In the portal"), reverse("impact:vintage", args=[obj.code])),
            (_("Report for the steering committee"), f"{reverse('impact:vintage', args=[obj.code])}#report"),
            (_("What has changed since"), reverse("impact:vintage_difference", args=[obj.code])),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PublicationForm(typed(request))
        outlook = self.attempt(request, form, _outlook)
        seen = request.POST.get("seen", "")
        if outlook and seen:
            vintage = None
            if seen == _seen(outlook):
                vintage = self.attempt(request, form, _publish, seen=(outlook.seq, outlook.last_quarter.pk))
            else:
                form.add_error(
                    None, _("The figures have changed since you looked. Below is what would be published now.")
                )
            if vintage:
                return self.done(request, _("The vintage is published."), [vintage], added=True)
        return self.ask(
            request,
            form,
            title=_("Publish a vintage"),
            submit=_("Confirm: publish for ever") if outlook else _("Show what would be published"),
            template="admin/publication_step.html",
            outlook=outlook,
            seen=_seen(outlook) if outlook else "",
            explanation=_(
                "The figures as they are known now, after entry %(number)d of the ledger, get a name and a hash. "
                "Everybody can find, download and check them from then on. A vintage cannot be changed or taken back; "
                "a mistake is repaired by a correction of the report and another vintage."
            )
            % {"number": ledger.newest()},
        )


def _outlook(*, actor: User, id: str, **given: Any) -> Outlook:  # noqa: A002 - the name of the field
    return vintages.outlook(actor=actor, code=id, **given)


def _publish(*, actor: User, id: str, **given: Any) -> Vintage:  # noqa: A002 - the name of the field
    return vintages.publish(actor=actor, code=id, **given)


def _seen(outlook: Outlook) -> str:
    return f"{outlook.seq} {outlook.last_quarter.pk}"
