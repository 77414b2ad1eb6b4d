"""What would change in the register, in words."""

from typing import Any

from consortia.models import Organisation
from impact.register_data import Difference


def words_of(difference: Difference) -> tuple[str, str, str]:
    """The name of what changes, its old value and its new one; choices by their labels."""
    # Fields of the model itself, which types cannot know.
    field: Any = Organisation._meta.get_field(difference.field)
    choices = dict(field.flatchoices)
    old, new = (str(choices.get(value, value)) if value else "" for value in (difference.old, difference.new))
    return str(field.verbose_name), old, new
