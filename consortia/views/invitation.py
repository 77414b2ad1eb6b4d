"""The page behind the link of an invitation: choose a password, and be in."""

from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from consortia import invitations
from consortia.errors import NotAllowedNow, NotVisible
from consortia.invitations import State

GONE = 410
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AcceptForm(SetPasswordForm):
    """The first password, and how somebody wants to be called."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    field_order = ["name", "new_password1", "new_password2"]

    def __init__(self, user: Any, *args: Any, **options: Any) -> None:
        super().__init__(user, *args, **options)
        self.fields["name"].initial = user.name


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, key: str) -> HttpResponse:
    """Set the password and sign in; a link that works no longer says what to do instead."""
    try:
        invitation, state = invitations.find(key)
    except NotVisible:
        return _useless(request, State.EXPIRED)
    if state != State.OPEN:
        return _useless(request, state)
    form = AcceptForm(invitation.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/invitation.html", {"form": form, "invited": invitation.user})
    try:
        user = invitations.accept(key=key, name=form.cleaned_data["name"], password=form.cleaned_data["new_password1"])
    except NotAllowedNow:
        return _useless(request, State.USED)
    login(request, user, backend=BACKEND)
    return redirect("impact:work")


def _useless(request: HttpRequest, state: State) -> HttpResponse:
    # What was never mailed looks like what has expired: nobody learns which links exist.
    return render(request, "account/invitation_over.html", {"is_used": state == State.USED}, status=GONE)
