"""The inbox (berichten), how somebody wants to be mailed, and stopping a mail by its link."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import activate, get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consortia import exports, message_texts, notifications
from consortia.errors import NotVisible, Refused
from consortia.exports import Columns
from consortia.models import Delivery, Notification, User
from consortia.spreadsheets import Column

_UNPROCESSABLE = 422
ON_A_PAGE = 25
_FIELD = "kind-"


@require_safe
@login_required
@never_cache
def inbox(request: HttpRequest) -> HttpResponseBase:
    """What the reader was told, unread first."""
    actor = _actor(request)
    if exports.is_asked(request):
        return _as_workbook(request, actor)
    page = Paginator(notifications.inbox(actor), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "messages/inbox.html", {"page": page, "number_unread": notifications.unread(actor)})


@require_POST
@login_required
def follow(request: HttpRequest, key: UUID) -> HttpResponse:
    """Note that a message was read, and go where it leads."""
    told = _read(request, key)
    return redirect(message_texts.in_language(told.url, get_language() or "nl") if told.url else "messages:inbox")


@require_POST
@login_required
def read(request: HttpRequest, key: UUID) -> HttpResponse:
    _read(request, key)
    return redirect("messages:inbox")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    number = notifications.mark_all_read(actor=_actor(request))
    text = ngettext("%(number)d message is marked as read.", "%(number)d messages are marked as read.", number)
    messages.success(request, text % {"number": number})
    return redirect("messages:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def settings(request: HttpRequest) -> HttpResponse:
    """How the reader is mailed about each kind, and in which language."""
    actor = _actor(request)
    chosen: dict[str, str] = dict(notifications.deliveries(actor))
    language = actor.language
    problems: list[str] = []
    if request.method == "POST":
        chosen |= {code: request.POST.get(f"{_FIELD}{code}", delivery) for code, delivery in chosen.items()}
        language = request.POST.get("language", language)
        try:
            notifications.prefer(actor=actor, wanted=chosen, language=language)
        except Refused as refused:
            problems = [str(problem.detail) for problem in refused.problems]
        else:
            activate(get_language() or "nl")
            messages.success(request, _("Saved."))
            return redirect("messages:settings")
    context = {
        "rows": [
            {"kind": kind, "field": f"{_FIELD}{kind.code}", "delivery": chosen[kind.code]}
            for kind in notifications.kinds_for(actor)
        ],
        "deliveries": Delivery.choices,
        "languages": User._meta.get_field("language").choices,
        "language": language,
        "problems": problems,
    }
    return render(request, "messages/settings.html", context, status=_UNPROCESSABLE if problems else 200)


@csrf_exempt  # A mail program sends this without having been here; the signed link is what lets it (RFC 8058).
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop one kind of mail by the link in it, without signing in; looking at the page changes nothing."""
    try:
        if request.method == "POST":
            user, kinds = notifications.unsubscribe(token=token)
            return render(request, "messages/unsubscribed.html", {"email": user.email, "kinds": kinds})
        user, kind = notifications.read_link(token)
    except NotVisible as error:
        raise Http404(error.detail) from error
    return render(request, "messages/unsubscribe.html", {"email": user.email, "kind": kind})


def _as_workbook(request: HttpRequest, actor: User) -> FileResponse:
    columns: Columns = [_("When"), Column(_("Subject"), width=60), Column(_("Text"), width=90), _("Read")]
    told = notifications.inbox(actor).iterator(chunk_size=500)
    rows = ([row.created_at, row.subject, row.text, row.read_at] for row in told)
    return exports.answer(request, name="messages", title=_("Messages"), columns=columns, rows=rows)


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _read(request: HttpRequest, key: UUID) -> Notification:
    try:
        return notifications.mark_read(actor=_actor(request), notification=key)
    except NotVisible as error:
        raise Http404(error.detail) from error
