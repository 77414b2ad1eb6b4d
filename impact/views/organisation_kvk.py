"""What KVK says of an organisation beside what the register says, for the office; nothing is there without a key."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consortia import access, kvk
from consortia.access import Permission
from consortia.errors import NotVisible, Stale
from consortia.kvk import KvkError, KvkUnknown
from consortia.models import DataSource, Organisation, User
from impact import register_data
from impact.views.refusals import work_page
from impact.views.register_words import words_of

_SALT = "what KVK said"
_GOOD_FOR = 3600
"""Seconds in which what was shown can be taken over."""


@require_http_methods(["GET", "HEAD", "POST"])
@work_page
def update(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - the name in the address
    """First what would change, then the change: of what was shown, without asking KVK again."""
    access.require(request.user, Permission.CONFIGURE)
    assert isinstance(request.user, User)
    row = Organisation.objects.listed().filter(pk=id, kvk_number__isnull=False).first()
    if row is None or not kvk.is_on():
        raise NotVisible(_("There is no such organisation."))
    if request.method == "POST" and "said" in request.POST:
        return _take_over(request, request.user, row)
    context: dict[str, Any] = {"organisation": row, "was_asked": request.method == "POST"}
    status = 200
    if request.method == "POST":
        try:
            context |= _asked(row)
        except KvkError as error:
            context["problem"], status = error.detail, 404 if isinstance(error, KvkUnknown) else 502
    return render(request, "impact/organisation_kvk.html", context, status=status)


def _asked(row: Organisation) -> dict[str, Any]:
    """
    Raises:
        KvkError: no answer that can be used.
    """
    profile = kvk.client().profile(row.kvk_number or "")
    said = register_data.said_by(profile)
    found = register_data.differences(row, said)
    seen = register_data.digest([(str(row.pk), found)])
    return {
        "has_ended": profile.has_ended,
        "differences": [words_of(each) for each in found],
        "said": signing.dumps([str(row.pk), said, seen], salt=_SALT),
    }


def _take_over(request: HttpRequest, actor: User, row: Organisation) -> HttpResponse:
    try:
        pk, said, seen = signing.loads(request.POST["said"], salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        pk, said, seen = "", {}, ""
    if pk != str(row.pk):
        messages.error(request, _("What was shown is too long ago. Ask KVK again."))
        return redirect("impact:organisation_kvk", row.pk)
    try:
        register_data.update(actor=actor, organisation_id=row.pk, said=said, source=DataSource.KVK_API, seen=seen)
    except Stale as error:
        messages.error(request, error.detail)
        return redirect("impact:organisation_kvk", row.pk)
    messages.success(request, _("The register now says what KVK says."))
    return redirect("impact:organisation", row.pk)
