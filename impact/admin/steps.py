"""Steps that append to the ledger: afterwards a worker is nudged to roll up."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from consortia.admin import OfficeAdmin, RecordAdmin
from impact import tasks


class LedgerStepAdmin(OfficeAdmin):
    """A table whose steps go into the ledger."""

    def done(self, request: HttpRequest, text: Any, objs: Sequence[Any], *, added: bool = False) -> HttpResponse:
        tasks.nudge()
        return super().done(request, text, objs, added=added)


class LedgerRecordAdmin(LedgerStepAdmin, RecordAdmin):
    """The same, for a table that is not edited here."""
