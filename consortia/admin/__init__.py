"""The office's pages on who takes part. What stands in the ledger about them is added in `impact.admin`."""

from consortia.admin import history, people, programme, register
from consortia.admin.hips import ConsortiumAdmin
from consortia.admin.office import (
    OfficeAdmin,
    OfficeForm,
    OfficeInline,
    ReasonForm,
    RecordAdmin,
    column,
    day,
    reason,
    step_action,
    typed,
)
from consortia.admin.register import OrganisationAdmin

__all__ = [
    "ConsortiumAdmin",
    "OfficeAdmin",
    "OfficeForm",
    "OfficeInline",
    "OrganisationAdmin",
    "ReasonForm",
    "RecordAdmin",
    "column",
    "day",
    "history",
    "people",
    "programme",
    "reason",
    "register",
    "step_action",
    "typed",
]
