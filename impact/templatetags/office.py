"""The one place from where the programme office goes to each of its pages."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consortia import access
from consortia.access import Permission

register = template.Library()

_PAGES: tuple[tuple[str, Promise, Permission], ...] = (
    ("reviews", _("Reviews"), Permission.SEE_REPORTS),
    ("timeliness", _("In time and complete"), Permission.SEE_REPORTS),
    ("extensions", _("More time"), Permission.CONFIGURE),
    ("follow_ups", _("Follow-up"), Permission.SEE_REPORTS),
    ("backfill", _("Backfill from Excel"), Permission.CONFIGURE),
    ("finance", _("Money"), Permission.SEE_FINANCE),
    ("office_manual", _("Manual"), Permission.SEE_REPORTS),
)
"""By the name of the address, and what one needs to get there; in the order of a quarter."""


@dataclass(frozen=True)
class Tab:
    label: Promise
    url: str
    is_current: bool


@register.inclusion_tag("impact/work/_office_tabs.html", takes_context=True)
def office_tabs(context: Context, current: str) -> dict[str, list[Tab]]:
    """The pages of the office, for who sees the reports of every HIP; nothing for anybody else."""
    user: Any = context["request"].user
    if not access.allows(user, Permission.SEE_REPORTS):
        return {"tabs": []}
    return {
        "tabs": [
            Tab(label, reverse(f"impact:{name}"), name == current)
            for name, label, permission in _PAGES
            if access.allows(user, permission)
        ]
    }
