"""The field beside a cell of a report under review: what is to change there."""

from typing import Any

from django import template

from impact.forms.returning import AT, Message

register = template.Library()


@register.inclusion_tag("impact/work/_return_cell.html")
def return_cell(returning: Any, place: str, label: object) -> dict[str, Any]:
    """The message at a place, in the form `decision`; nothing where nobody may return the report."""
    if returning is None or not place:
        return {}
    return {"message": returning.at.get(place) or Message(f"{AT}{place}", place), "label": label}
