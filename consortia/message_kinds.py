"""The kinds of notifications: what each is called, says by itself, and who may do without it.

An app registers its kinds when it starts (`register`), so that lists, settings and texts know all of them. The texts
are Markdown with `{placeholders}` from a closed set: those in `EVERYWHERE` and the kind's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from consortia.access import Permission
from consortia.models import Delivery, User

About = Mapping[str, Any]
"""What a notification is about, as JSON: decides whether it still holds when the mail leaves."""


@dataclass(frozen=True)
class Placeholder:
    """A part of a text that differs from message to message, with a sample for the preview."""

    meaning: Any
    sample: Any


EVERYWHERE: Mapping[str, Placeholder] = {
    "name": Placeholder(_("the name of who gets it"), "Anna de Vries"),
    "office": Placeholder(_("the contact of the programme office"), _("Programme office")),
}


def _always(user: User, about: About) -> bool:
    return True


@dataclass(frozen=True)
class Kind:
    """One kind of notification. Texts are lazy, so that each reader gets them in their language."""

    code: str
    label: Any
    subject: Any
    body: Any
    action: Any = ""
    """What one does at the place that it points to: the words on the button."""
    placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    is_essential: bool = False
    """Nobody can do without its mail; at most it waits for the daily overview."""
    usual: Delivery = Delivery.AT_ONCE
    audience: tuple[Permission, ...] = ()
    """Only who has one of these somewhere ever gets it, and is asked how."""
    is_of_own_hip: bool = False
    """Only the people of a HIP itself get it, by their role there; who has the permission everywhere does not."""
    still_holds: Callable[[User, About], bool] = _always
    """Judged again at the moment of sending: mail that is of no use any more is dropped."""

    @property
    def names(self) -> frozenset[str]:
        """The placeholders that its texts may use."""
        return frozenset(EVERYWHERE) | frozenset(self.placeholders)


DIGEST = Kind(
    code="digest",
    label=_("daily overview"),
    subject=_("Daily overview of {date}"),
    body=_("Hello {name},\n\nThis is new since the overview before."),
    action=_("Open my messages"),
    placeholders={"date": Placeholder(_("the day"), "3-10-2026")},
)

_KINDS: dict[str, Kind] = {DIGEST.code: DIGEST}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        _KINDS[kind.code] = kind


def get(code: str) -> Kind:
    return _KINDS[code]


def find(code: str) -> Kind | None:
    """The kind, or None for a message of an earlier release whose kind is gone."""
    return _KINDS.get(code)


def all_kinds() -> list[Kind]:
    return list(_KINDS.values())
