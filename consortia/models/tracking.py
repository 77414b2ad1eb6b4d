"""Every change of reference data, kept by the database: from what, into what, when, and by whom.

Triggers write the history, so that it holds whatever wrote: a page, a bulk update or SQL. Who it was comes from
`consortia.acting`. Its tables only grow: see `PGHISTORY_APPEND_ONLY` in the settings, and `ptvt_portal.grants`.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

Model = TypeVar("Model", bound=models.Model)


class Change(models.TextChoices):
    """What happened to a row."""

    ADDED = "insert", _("added")
    CHANGED = "update", _("changed")
    REMOVED = "delete", _("removed")
    KNOWN = "known", _("there already when the history began")


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[type[Model]], type[Model]]:
    """Keep every change of a model's rows in a table of its own, `…Change`, without the fields in `exclude`.

    A change of nothing but excluded fields is none.
    """

    def track(model: type[Model]) -> type[Model]:
        keep = pghistory.track(
            pghistory.InsertEvent(Change.ADDED.value),
            pghistory.UpdateEvent(Change.CHANGED.value),
            pghistory.DeleteEvent(Change.REMOVED.value),
            exclude=list(exclude),
            model_name=f"{model.__name__}Change",
        )
        kept: type[Model] = keep(model)
        return kept

    return track
