"""The mail that a demonstration kept instead of sending it (post): ones own, and for the office all of it."""

from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consortia import exports, local_mail
from consortia.exports import Columns
from consortia.models import User
from consortia.spreadsheets import Column

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def index(request: HttpRequest) -> HttpResponseBase:
    mails = _visible(request).defer("text", "html")
    if exports.is_asked(request):
        columns: Columns = [_("When"), Column(_("To"), width=40), Column(_("Subject"), width=80)]
        rows = ([mail.at, mail.to, mail.subject] for mail in mails.iterator(chunk_size=500))
        return exports.answer(request, name="mail", title=_("Mail that was kept"), columns=columns, rows=rows)
    page = Paginator(mails, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "messages/post.html", {"page": page})


@require_safe
@login_required
@never_cache
def kept(request: HttpRequest, key: UUID) -> HttpResponse:
    return render(request, "messages/kept_mail.html", {"mail": get_object_or_404(_visible(request), pk=key)})


@require_safe
@login_required
@never_cache
@csp_replace(  # type: ignore[arg-type]  # the package types only views without arguments
    {
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def html(request: HttpRequest, key: UUID) -> HttpResponse:
    """The mail as a mail program shows it: with its own look, without scripts, and without this portal's rights."""
    mail = get_object_or_404(_visible(request), pk=key)
    # A page of the portal does not open inside of another.
    shown = mail.html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(shown, content_type="text/html; charset=utf-8", headers={"X-Frame-Options": "SAMEORIGIN"})


def _visible(request: HttpRequest) -> "local_mail.KeptMails":
    """
    Raises:
        Http404: this is no demonstration.
    """
    assert isinstance(request.user, User)
    found = local_mail.visible_to(request.user)
    if found is None:
        raise Http404
    return found
