"""Signing in, and the translation of every refusal of the domain into a page: once, for all pages of the work."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Refused, Stale

View = Callable[..., HttpResponse]


def work_page(view: View) -> View:
    """A page for people with an account; others are asked to sign in, and come back.

    What is invisible is 404, what the role does not allow 403 with whom to ask. A step that the state does not allow
    leads back to the report (or to the work list) with a message.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
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
