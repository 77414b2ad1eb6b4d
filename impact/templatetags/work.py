"""Notation that only the pages of the work need."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.templatetags import portal
from impact import media_types
from impact.forms import merging
from impact.models import ReportPart
from impact.models.codebook import EURO

register = template.Library()


@register.filter
def change(value: Decimal, how: str) -> str:
    """A difference with its sign; that of a share in percentage points."""
    if how == "share":
        return _("%(number)s pp") % {"number": portal.difference(round(value * 100, 1))}
    if how == EURO:
        written = portal.euro(value)
        return f"+{written}" if value > 0 else written
    return portal.difference(value)


@register.simple_tag
def attested(desk: Any, section: str) -> ReportPart | None:
    """Who attested that nothing happened in a section of the report, if anybody did."""
    if desk.report._state.adding:
        return None
    parts = ReportPart.objects.filter(report=desk.report, is_nil=True, action_line=None).select_related("done_by")
    return parts.filter(section=merging.SECTIONS[section]).first()


@register.filter
def at(found: Mapping[str, Any], name: str) -> Any:
    """What a mapping holds for a name; nothing where it holds none."""
    return found.get(name) if found else None


@register.simple_tag
def section_notes(desk: Any, section: str) -> dict[str, Any]:
    """Who takes care of a section of the page, and how many comments in it are not settled."""
    in_draft = merging.SECTIONS[section]
    return {"owners": desk.checklist.owners_in(in_draft), "comments": desk.checklist.comments_in(in_draft)}


@register.inclusion_tag("impact/work/_said.html")
def said(desk: Any, name: str) -> dict[str, Any]:
    """How many comments are not settled at a field or an organisation of the page, with the way to them."""
    number = desk.said.get(name, 0) if desk else 0
    return {"number": number, "url": f"{desk.url('report_together')}#comments" if number else ""}


@register.filter
def page_section(section: str) -> str:
    """The name that a section of a draft has on the pages."""
    return next(page for page, in_draft in merging.SECTIONS.items() if in_draft == section)


@register.filter
def extension(media_type: str) -> str:
    """The ending of a file of this kind."""
    return media_types.EXTENSIONS.get(media_type, "")


@register.filter
def signed_percentage(share: Decimal) -> str:
    """A deviation with its sign: +26,0% or −41,5%."""
    language = get_language() or notation.DUTCH
    written = notation.percentage(abs(share), language=language)
    return f"{notation.MINUS if share < 0 else '+'}{written}"
