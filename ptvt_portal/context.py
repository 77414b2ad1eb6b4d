"""What the frame of every page needs. Read only where a template asks for it: most fragments ask for nothing."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from consortia import access
from consortia.access import Permission
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
    def can_report(self) -> bool:
        return access.allows_somewhere(self.user, Permission.FILL)


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "demo": partial(demo.is_demo, request),
        "programme": SimpleLazyObject(partial(demo.programme_of, request)),
        "nav": Navigation(getattr(request, "user", None)),
    }
