"""Texts that stand in Dutch and in English."""

from django.db import models
from django.utils.translation import get_language


def in_language(row: models.Model, field: str) -> str:
    """The text of `field_nl` or `field_en`, whichever the reader asked for; Dutch where English is empty."""
    english: str = getattr(row, f"{field}_en")
    dutch: str = getattr(row, f"{field}_nl")
    return english if english and get_language() == "en" else dutch
