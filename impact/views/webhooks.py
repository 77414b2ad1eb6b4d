"""One's own webhooks: make one, see how it goes, send again, a new secret, an end.

A secret is shown by the answer that made it, and never again.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consortia import access, exports
from consortia.errors import DomainError
from consortia.exports import Columns
from consortia.models import Consortium, User
from consortia.refusals import refuse
from consortia.spreadsheets import Column
from impact import ledger, webhook_delivery, webhooks
from impact.models import Webhook
from impact.views.refusals import work_page

_UNPROCESSABLE = 422
_SHOWN = 50
"""Attempts on the page of a webhook."""


class _AsForm(forms.Form):
    """Carries out a command with what it holds, and says at each field what the command refuses."""

    def carry_out(self, command: Callable[..., Webhook], **given: Any) -> Webhook | None:
        if not self.is_valid():
            return None
        try:
            return command(**given, **self.cleaned_data)
        except DomainError as error:
            refuse(self, error)
        return None


class WebhookForm(_AsForm):
    """Where to, and of which HIP."""

    url = forms.CharField(
        label=gettext_lazy("Where to?"),
        max_length=500,
        widget=forms.URLInput({"placeholder": "https://"}),
        help_text=gettext_lazy("An address on the internet that your program answers, beginning with https://."),
    )
    consortium = forms.ChoiceField(
        label=gettext_lazy("Only of one HIP?"),
        required=False,
        help_text=gettext_lazy("You then get its entries, and those of the programme as a whole."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        hips = Consortium.objects.values_list("slug", "name")
        consortium: Any = self.fields["consortium"]
        consortium.choices = [("", _("No, of all")), *hips]


class ReplayForm(_AsForm):
    """From where on to send again."""

    after = forms.IntegerField(
        label=gettext_lazy("After which entry?"),
        min_value=0,
        help_text=gettext_lazy("The number (seq) of the last entry that you have; 0 is everything."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
@never_cache
def index(request: HttpRequest) -> HttpResponseBase:
    """The reader's webhooks, and a form to make one."""
    actor = _actor(request)
    rows = webhooks.of(actor)
    if exports.is_asked(request):
        return _as_workbook(request, rows)
    context: dict[str, Any] = {"webhooks": rows, "newest": ledger.newest()}
    if not access.scopes_of(actor):
        return render(request, "impact/work/webhooks.html", context)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = form.carry_out(webhooks.add, actor=actor)
        if made is not None:
            return _with_secret(request, made, is_new=True)
    context["form"] = form
    return render(request, "impact/work/webhooks.html", context, status=_UNPROCESSABLE if form.errors else 200)


@require_safe
@work_page
@never_cache
def one(request: HttpRequest, webhook: UUID) -> HttpResponseBase:
    """One webhook: how it goes, the last messages, and what can be done."""
    row = webhooks.find(actor=_actor(request), webhook=webhook)
    if exports.is_asked(request):
        return _attempts_as_workbook(request, row)
    return _page(request, row, ReplayForm(initial={"after": row.delivered_seq}))


@require_POST
@work_page
def replay(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Send everything after an entry again, also where it was stopped."""
    row = webhooks.find(actor=_actor(request), webhook=webhook)
    form = ReplayForm(request.POST)
    if form.carry_out(webhooks.replay, actor=_actor(request), webhook=webhook) is None:
        return _page(request, row, form, status=_UNPROCESSABLE)
    messages.success(request, _("Everything after that entry is sent again, within seconds."))
    return redirect("impact:webhook", webhook)


@require_POST
@work_page
@never_cache
def renew_secret(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Another secret; the answer shows it."""
    row = webhooks.renew_secret(actor=_actor(request), webhook=webhook)
    return _with_secret(request, row, is_new=False)


@require_POST
@work_page
def remove(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Send nothing any more."""
    row = webhooks.find(actor=_actor(request), webhook=webhook)
    webhooks.remove(actor=_actor(request), webhook=webhook)
    messages.success(request, _("Nothing is sent to %(address)s any more.") % {"address": row.address})
    return redirect("impact:webhooks")


def _with_secret(request: HttpRequest, row: Webhook, *, is_new: bool) -> HttpResponse:
    return _page(
        request,
        webhooks.find(actor=_actor(request), webhook=row.pk),
        ReplayForm(initial={"after": row.delivered_seq}),
        secret=webhook_delivery.secret_of(row),
        is_new=is_new,
    )


def _page(request: HttpRequest, row: Webhook, form: ReplayForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "webhook": row,
        "attempts": row.attempts.all()[:_SHOWN],
        "newest": ledger.newest(),
        "form": form,
        **more,
    }
    return render(request, "impact/work/webhook.html", context, status=status)


def _as_workbook(request: HttpRequest, rows: Any) -> HttpResponseBase:
    columns: Columns = [
        Column(_("Where to"), width=50), _("Owner"), _("Only for"), _("Made"), _("Delivered up to"), _("Failures"),
        _("Next attempt"), _("Stopped"),
    ]  # fmt: skip
    written = (
        [
            row.address, row.owner, row.consortium, row.created_at, row.delivered_seq, row.failures,
            row.next_attempt_at, row.disabled_at,
        ]
        for row in rows
    )  # fmt: skip
    return exports.answer(request, name="webhooks", title=_("Webhooks"), columns=columns, rows=written)


def _attempts_as_workbook(request: HttpRequest, row: Webhook) -> HttpResponseBase:
    columns: Columns = [
        _("Moment"), _("From entry"), _("To entry"), _("Status"), _("Milliseconds"), Column(_("Error"), width=40),
    ]  # fmt: skip
    written = (
        [each.at, each.first_seq, each.last_seq, each.status, each.milliseconds, each.error]
        for each in row.attempts.all().iterator()
    )
    return exports.answer(request, name="webhook", title=_("Messages"), columns=columns, rows=written)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
