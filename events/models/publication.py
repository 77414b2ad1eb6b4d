"""What events and good practices share: a row that must be whole before everybody sees it."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consortia.errors import Problem

MARKDOWN_HINT = _("Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.")


def filled(*fields: str) -> Q:
    """Every one of these columns holds more than white space."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__regex": r"\S"})
    return condition


def missing(row: models.Model, names: Sequence[str]) -> list[Problem]:
    labels = {field.name: field.verbose_name for field in row._meta.concrete_fields}
    return [
        Problem(f"/{name}", "required", gettext("Empty, and needed to be public: %(field)s.") % {"field": labels[name]})
        for name in names
        if not str(getattr(row, name) or "").strip()
    ]


def refuse_when_public(problems: Sequence[Problem]) -> None:
    """What is public already stays whole: the same problems, in the shape that a form shows."""
    if problems:
        raise ValidationError({problem.pointer.lstrip("/"): problem.detail for problem in problems})
