"""Signing in, and the translation of every refusal of the domain into a page or JSON: once, for all of the work."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from consortia.errors import DomainError, NotAllowedNow, NotPermitted, NotVisible, Refused, Stale

View = Callable[..., HttpResponseBase]
_STATUS: dict[type[DomainError], int] = {NotVisible: 404, NotPermitted: 403, NotAllowedNow: 409}


class Unreadable(Exception):
    """No page of ours sends this."""


def work_page(view: View) -> View:
    """A page for people with an account; others are asked to sign in, and come back.

    What is invisible is 404, what the role does not allow 403 with whom to ask. A step that the state does not allow
    leads back to the report (or to the work list) with a message.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotVisible as error:
            raise Http404(error.detail) from error
        except NotPermitted:
            return render(request, "403.html", status=403)
        except NotAllowedNow as error:
            messages.error(request, error.detail)
        except Stale as error:
            messages.error(request, _("%(detail)s Nothing was changed; look again first.") % {"detail": error.detail})
        except Refused as error:
            for problem in error.problems:
                messages.error(request, problem.detail)
        if "slug" in kwargs and "period" in kwargs:
            return redirect("impact:report", kwargs["slug"], kwargs["period"])
        return redirect("impact:work")

    return guarded


def json_page(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """For a script of ours: every refusal as JSON with `detail`; whoever is not signed in gets 401 and no page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        if not request.user.is_authenticated:
            return answer({"detail": _("You are not signed in any more.")}, status=401)
        try:
            return view(request, *args, **kwargs)
        except (NotVisible, NotPermitted, NotAllowedNow) as error:
            return answer({"detail": error.detail}, status=_STATUS[type(error)])
        except Unreadable:
            return answer({"detail": _("This could not be read. Nothing was saved.")}, status=400)

    return guarded


def answer(content: Mapping[str, object], *, status: int = 200) -> JsonResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def somebody_else(user: Any) -> JsonResponse:
    """To a page of another person than the one who is signed in by now, who is named by key."""
    detail = _("Somebody else is signed in here by now. Load the page again.")
    return answer({"detail": detail, "user": str(user.pk)}, status=409)


def read_json(request: HttpRequest) -> dict[str, Any]:
    """
    Raises:
        Unreadable: no object, or text that no database takes.
    """
    try:
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # Half a pair of a character could not be stored.
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(body, dict):
        raise Unreadable
    return body
