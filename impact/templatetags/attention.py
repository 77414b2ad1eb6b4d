"""What asks for the office's attention, on the first page of the administration."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.translation import ngettext

from consortia import mail_delivery
from consortia.models import Consortium
from impact import duplicates, ledger, obligations
from impact.transitions import ReportStatus

register = template.Library()


@dataclass(frozen=True)
class Task:
    """Something that waits, and where to go for it."""

    text: str
    url: str


@register.simple_tag(takes_context=True)
def attention(context: Any) -> list[Task]:
    """Reports that wait for a review, reports that are late, HIPs without their real name; empty when all is well."""
    owed = obligations.of_consortia(context["request"].user, ledger.resolve())
    waiting = sum(obligation.is_waiting for obligation in owed)
    late = sum(obligation.is_due and obligation.is_late for obligation in owed)
    nameless = Consortium.objects.filter(is_placeholder=True).count()
    likely = duplicates.known_number() or 0
    failed = mail_delivery.failed()
    reports = reverse("admin:impact_quarterlyreport_changelist")
    hips = reverse("admin:consortia_consortium_changelist")
    tasks = [
        (
            waiting,
            ngettext("%(number)d report waits for a review", "%(number)d reports wait for a review", waiting),
            f"{reports}?{urlencode({'status': ReportStatus.SUBMITTED})}",
        ),
        (
            late,
            ngettext("%(number)d report is late", "%(number)d reports are late", late),
            f"{reports}?{urlencode({'late': 'yes'})}",
        ),
        (
            nameless,
            ngettext("%(number)d HIP still has no real name", "%(number)d HIPs still have no real name", nameless),
            f"{hips}?{urlencode({'is_placeholder__exact': 1})}",
        ),
        (
            likely,
            ngettext(
                "%(number)d likely duplicate in the register", "%(number)d likely duplicates in the register", likely
            ),
            reverse("admin:consortia_organisation_duplicates"),
        ),
    ]
    tasks.append(
        (
            failed,
            ngettext("%(number)d e-mail could not be sent", "%(number)d e-mails could not be sent", failed),
            f"{reverse('admin:consortia_mail_changelist')}?state__exact=failed",
        )
    )
    return [Task(text % {"number": number}, url) for number, text, url in tasks if number]
