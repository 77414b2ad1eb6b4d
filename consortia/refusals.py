"""A refusal of the domain in a form: each problem at its field, once for the administration and all other pages."""

from collections.abc import Mapping

from django import forms

from consortia.errors import DomainError, Refused


def refuse(form: forms.BaseForm, error: DomainError, *, names: Mapping[str, str] | None = None) -> None:
    """Say a refusal at its field, or above the form where it is about the whole.

    `names` are the fields that are called otherwise than what the command takes, by pointer.
    """
    problems = error.problems if isinstance(error, Refused) else ()
    for problem in problems:
        name = (names or {}).get(problem.pointer) or _field(problem.pointer)
        form.add_error(name if name in form.fields else None, str(problem.detail))
    if not problems:
        form.add_error(None, str(error.detail))


def _field(pointer: str) -> str:
    """`/expiresAt` is the field `expires_at`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in pointer.strip("/"))
