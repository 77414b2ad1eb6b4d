"""The office's pages on who takes part. What stands in the ledger about them is added in `impact.admin`."""

import allauth.account.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

from consortia.admin import django_texts, history, messages, page_texts, people, programme, register
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

# Ways around the commands: an address to sign in with, and groups that nothing in the portal looks at. The modules that
# put them there are imported above, so that they do not come back.
admin.site.unregister([EmailAddress, Group])

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
    "django_texts",
    "history",
    "messages",
    "page_texts",
    "people",
    "programme",
    "reason",
    "register",
    "step_action",
    "typed",
]
