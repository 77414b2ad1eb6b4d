"""Notation that only the pages of the work need."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from consortia.templatetags import portal
from impact.models.codebook import EURO

register = template.Library()


@register.filter
def change(value: Decimal, notation: str) -> str:
    """A difference with its sign; that of a share in percentage points."""
    if notation == "share":
        return _("%(number)s pp") % {"number": portal.difference(round(value * 100, 1))}
    if notation == EURO:
        written = portal.euro(value)
        return f"+{written}" if value > 0 else written
    return portal.difference(value)
