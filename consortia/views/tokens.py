"""One's own keys to the API (sleutels): make one, see when each was last used, end one.

A new key is shown by the answer that made it, and never again.
"""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from consortia import access, clock, exports, tokens
from consortia.errors import DomainError, NotVisible
from consortia.exports import Columns
from consortia.models import ApiToken, Consortium, Scope, User
from consortia.refusals import refuse
from consortia.spreadsheets import Column

_UNPROCESSABLE = 422
_DAYS_VALID = 365
_FIELDS = {"/expiresAt": "until"}


class KeyForm(forms.Form):
    """What the key is for, what it may do, for which HIP, and until when."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=100,
        help_text=gettext_lazy("Such as “Power BI of the region”. So you recognise it later."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What may it do?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Reading is enough for dashboards and copies."),
    )
    consortium = forms.ModelChoiceField(
        Consortium.objects.none(),
        label=gettext_lazy("Only for one HIP?"),
        required=False,
        empty_label=gettext_lazy("No, for everything that you may see"),
        help_text=ApiToken._meta.get_field("consortium").help_text,
    )
    until = forms.DateField(
        label=gettext_lazy("Valid until"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("From the next day on it no longer works."),
    )

    def __init__(self, actor: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = access.scopes_of(actor)
        hips = access.consortia_with_role(actor)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope.value, scope.label) for scope in own]
        scopes.initial = own[:1]
        consortium: Any = self.fields["consortium"]
        consortium.queryset = Consortium.objects.all() if hips is None else Consortium.objects.filter(pk__in=hips)
        if hips is not None and len(hips) < 2:
            # Who is of one HIP sees nothing more of others than everybody does.
            del self.fields["consortium"]
        self.fields["until"].initial = clock.today() + timedelta(days=_DAYS_VALID)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def index(request: HttpRequest) -> HttpResponseBase:
    """The reader's keys, and a form to make one."""
    actor = _actor(request)
    if exports.is_asked(request):
        return _as_workbook(request, actor)
    if not access.scopes_of(actor):
        return render(request, "account/keys.html", {"keys": tokens.own(actor)})
    form = KeyForm(actor, request.POST if request.method == "POST" else None)
    made: tuple[ApiToken, str] | None = None
    if request.method == "POST" and form.is_valid():
        made = _make(actor, form)
    context = {"form": form if made is None else KeyForm(actor), "keys": tokens.own(actor), "now": clock.now()}
    if made is not None:
        context |= {"made": made[0], "key": made[1]}
    return render(request, "account/keys.html", context, status=_UNPROCESSABLE if form.errors else 200)


@require_POST
@login_required
def revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    """End one of them; whatever uses it gets a 401 from now on."""
    try:
        ended = tokens.revoke_own(actor=_actor(request), token=key)
    except NotVisible as error:
        raise Http404(error.detail) from error
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": ended.name or ended.hint})
    return redirect("api-keys")


def _make(actor: User, form: KeyForm) -> tuple[ApiToken, str] | None:
    given = form.cleaned_data
    try:
        return tokens.make_own(
            actor=actor,
            name=given["name"],
            scopes=[Scope(each) for each in given["scopes"]],
            expires_at=datetime.combine(given["until"] + timedelta(days=1), time(), clock.AMSTERDAM),
            consortium=given.get("consortium"),
        )
    except DomainError as error:
        refuse(form, error, names=_FIELDS)
    return None


def _as_workbook(request: HttpRequest, actor: User) -> HttpResponseBase:
    columns: Columns = [
        Column(_("What it is for"), width=40), _("Begins with"), Column(_("What it may do"), width=30), _("Only for"),
        _("Made"), _("Last used"), _("Valid until"), _("Revoked"),
    ]  # fmt: skip
    rows = (
        [
            each.name, each.hint, ", ".join(each.scope_labels()), each.consortium, each.created_at,
            each.last_used_at, each.usable_until, each.revoked_at,
        ]
        for each in tokens.own(actor)
    )  # fmt: skip
    return exports.answer(request, name="keys", title=_("Keys to the API"), columns=columns, rows=rows)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
