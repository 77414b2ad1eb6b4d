"""What the frame of every page needs. Read only where a template asks for it: most fragments ask for nothing."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from consortia import access, notifications
from consortia.access import Permission
from consortia.models import User
from ptvt_portal import demo


@dataclass(frozen=True)
class Navigation:
    """Which own pages the menu offers to this visitor."""

    user: Any

    @property
    def can_review(self) -> bool:
        """The queue is for the whole office: a manager withdraws what a reviewer accepted."""
        return access.allows(self.user, Permission.SEE_REPORTS)

    @property
    def can_see_money(self) -> bool:
        return access.allows_somewhere(self.user, Permission.SEE_FINANCE)

    @property
    def can_report(self) -> bool:
        return access.allows_somewhere(self.user, Permission.FILL)


def _unread(request: HttpRequest) -> int:
    """How many messages wait for this visitor; asked once a request, where the header shows it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return 0
    known: int | None = request.__dict__.get("_number_unread")
    if known is None:
        known = request.__dict__["_number_unread"] = notifications.unread(user)
    return known


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "number_unread": SimpleLazyObject(partial(_unread, request)),
        "demo": partial(demo.is_demo, request),
        "programme": SimpleLazyObject(partial(demo.programme_of, request)),
        "nav": Navigation(getattr(request, "user", None)),
    }
