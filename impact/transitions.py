"""The one table of what may follow what, read by commands, buttons, API and tests. Pure."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class ReportStatus(StrEnum):
    """Where a report stands; the values are the API's."""

    NOT_STARTED = "notStarted"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


STATUS_LABELS = {
    ReportStatus.NOT_STARTED: _("not started"),
    ReportStatus.DRAFT: _("draft"),
    ReportStatus.SUBMITTED: _("submitted"),
    ReportStatus.RETURNED: _("returned"),
    ReportStatus.ACCEPTED: _("accepted"),
    ReportStatus.WITHDRAWN: _("withdrawn"),
}


class Step(StrEnum):
    FILL = "fill"
    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"
    CORRECT = "correct"


TRANSITIONS: dict[ReportStatus, dict[Step, ReportStatus]] = {
    ReportStatus.NOT_STARTED: {Step.FILL: ReportStatus.DRAFT},
    ReportStatus.DRAFT: {Step.FILL: ReportStatus.DRAFT, Step.SUBMIT: ReportStatus.SUBMITTED},
    ReportStatus.SUBMITTED: {Step.ACCEPT: ReportStatus.ACCEPTED, Step.RETURN: ReportStatus.RETURNED},
    ReportStatus.RETURNED: {Step.FILL: ReportStatus.DRAFT},
    ReportStatus.ACCEPTED: {Step.CORRECT: ReportStatus.DRAFT},
    ReportStatus.WITHDRAWN: {Step.FILL: ReportStatus.DRAFT},
}
"""Withdrawing is not in it: it takes away what counts, and leaves an open version as it is."""


def allows(status: ReportStatus, step: Step) -> bool:
    return step in TRANSITIONS[status]
