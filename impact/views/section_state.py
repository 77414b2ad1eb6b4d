"""How far a section of a report is, for the navigation of its pages."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class SectionState:
    """An entry of the navigation: ✓ filled, ● partly, ○ empty."""

    name: str
    title: str
    url: str
    is_current: bool
    filled: int
    asked: int | None
    """None where there is no fixed number to fill."""

    @property
    def is_done(self) -> bool:
        return self.filled > 0 and (self.asked is None or self.filled >= self.asked)

    @property
    def mark(self) -> str:
        return "✓" if self.is_done else "●" if self.filled else "○"

    @property
    def word(self) -> str:
        return _("filled in") if self.is_done else _("partly filled in") if self.filled else _("still empty")
