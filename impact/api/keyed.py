"""REST: answers that are keyed by the ledger. Whether the caller has one already is told by one small query."""

from datetime import datetime, time
from typing import Any, ClassVar

from consortia import clock
from consortia.rest.endpoint import Endpoint
from consortia.rest.pages import Page
from impact import fingerprint, rollups
from impact.api import selection
from impact.fingerprint import Fingerprint


class Keyed(Endpoint):
    """An address whose answer follows from the ledger, the reference data, how it is asked for, and for whom."""

    is_public = True
    stays: ClassVar[bool] = False
    """Whether the answer as of a moment is the same for ever: codes and figures are, names are not."""
    is_daily: ClassVar[bool] = False
    """Whether the day in Amsterdam moves the answer, too."""
    is_dated: ClassVar[bool] = True
    """Whether it is known when the answer last changed; the register does not tell that of a name."""
    lists_vintages: ClassVar[bool] = False
    """Whether a vintage that is published, which is no entry of the ledger, moves it."""

    def begin(self, *more: object) -> tuple[str, Fingerprint]:
        """The tag of the answer, before anything else is looked at; `more` is what else it depends on.

        Raises:
            NotModified: the caller has it.
        """
        known = fingerprint.read()
        is_exact = rollups.sees_everything(self.request.user)
        self.last_modified = self._last_modified(known) if self.is_dated else None
        self.is_fixed = self.is_for_ever(known, is_exact=is_exact)
        day = clock.today() if self.is_daily else None
        vintages = known.vintages if self.lists_vintages else None
        return self.unless_named(selection.tag_of(self.request, known, is_exact, day, vintages, *more)), known

    def is_for_ever(self, known: Fingerprint, *, is_exact: bool) -> bool:
        """Whether nobody has to ask this again."""
        # Whose account may be given a role later does not keep what it is shown until then.
        is_settled = is_exact or self.request.auth is None
        return self.stays and known.vintages > 0 and is_settled and selection.is_of_a_moment(self.request)

    def seq_of(self, bound: Any, page: Page, known: Fingerprint) -> int:
        """The seq to read at; of what stays from now on, also when its entry was written."""
        seq = selection.seq_of(bound, page, newest=known.seq)
        if self.is_fixed:
            self.last_modified = selection.written_at(seq, known)
        return seq

    def _last_modified(self, known: Fingerprint) -> datetime | None:
        moments = [known.changed_at]
        if self.is_daily:
            moments.append(datetime.combine(clock.today(), time(), tzinfo=clock.AMSTERDAM))
        if self.lists_vintages:
            moments.append(known.published_at)
        return max((moment for moment in moments if moment is not None), default=None)
