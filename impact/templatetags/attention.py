"""What asks for the office's attention, on the first page of the administration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.urls import reverse
from django.utils.translation import ngettext

from consortia import access, clock, mail_delivery
from consortia.access import Permission
from consortia.models import Consortium, MailState, Partner, User
from impact import duplicates, ledger, obligations
from impact.ledger import State
from impact.models import Comment, ExtensionRequest, Goal
from impact.obligations import Obligation
from impact.transitions import ReportStatus

register = template.Library()


@dataclass(frozen=True)
class Task:
    """Something that waits: how many of it, in words, and where to go for it."""

    number: int
    text: str
    url: str


@register.simple_tag(takes_context=True)
def attention(context: Any) -> list[Task]:
    """Everything that waits for the office, empty when all is well; as many queries whatever waits."""
    state = ledger.resolve()
    owed = obligations.of_consortia(context["request"].user, state)
    found = [*_reports(owed, state), *_hips(state), *_people(), *_programme(state)]
    return [task for task in found if task.number]


def _listed(model: str, **query: Any) -> str:
    return reverse(f"admin:{model}_changelist") + (f"?{urlencode(query)}" if query else "")


def _reports(owed: Sequence[Obligation], state: State) -> list[Task]:
    waiting = sum(obligation.is_waiting for obligation in owed)
    overdue = sum(obligation.is_overdue for obligation in owed)
    asked = ExtensionRequest.objects.unanswered().count()
    said = Comment.objects.from_hips().count()
    whole = _ready_to_close(owed, state)
    return [
        Task(
            waiting,
            ngettext("report waits for a review", "reports wait for a review", waiting),
            _listed("impact_quarterlyreport", status=ReportStatus.SUBMITTED),
        ),
        Task(
            overdue,
            ngettext("report is overdue: not handed in", "reports are overdue: not handed in", overdue),
            _listed("impact_quarterlyreport", late="overdue"),
        ),
        Task(
            asked,
            ngettext("HIP asks for more time", "HIPs ask for more time", asked),
            _listed("impact_quarterlyreport", asked="time"),
        ),
        Task(
            said,
            ngettext("comment of a HIP is not settled", "comments of HIPs are not settled", said),
            _listed("impact_quarterlyreport", asked="comment"),
        ),
        Task(
            whole,
            ngettext(
                "quarter can be closed: every HIP is accepted", "quarters can be closed: every HIP is accepted", whole
            ),
            _listed("impact_quarter"),
        ),
    ]


def _ready_to_close(owed: Sequence[Obligation], state: State) -> int:
    """Quarters that are open while every HIP that is expected has a report that counts."""
    by_quarter: dict[int, bool] = {}
    for obligation in owed:
        index = obligation.report.quarter.index
        by_quarter[index] = by_quarter.get(index, True) and obligation.counts
    return sum(whole and index not in state.closed for index, whole in by_quarter.items())


def _hips(state: State) -> list[Task]:
    today = clock.today()
    hips = Consortium.objects.filter(pk__in=state.takes_part)
    nameless = Consortium.objects.filter(is_placeholder=True).count()
    alone = hips.filter(pk__in=access.consortia_without(Permission.SUBMIT)).count()
    led = Partner.objects.leading_on(today)
    leaderless = hips.exclude(pk__in=led.values("consortium")).count()
    return [
        Task(
            nameless,
            ngettext("HIP still has no real name", "HIPs still have no real name", nameless),
            _listed("consortia_consortium", is_placeholder__exact=1),
        ),
        Task(
            alone,
            ngettext("HIP has no coordinator", "HIPs have no coordinator", alone),
            _listed("consortia_consortium", missing="coordinator"),
        ),
        Task(
            leaderless,
            ngettext("HIP has no lead partner", "HIPs have no lead partner", leaderless),
            _listed("consortia_consortium", missing="lead"),
        ),
    ]


def _people() -> list[Task]:
    waiting = User.objects.filter(is_active=True, is_machine=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    failed = mail_delivery.failed()
    number = waiting.count()
    return [
        Task(
            number,
            ngettext("person has not chosen a password yet", "people have not chosen a password yet", number),
            _listed("consortia_user", account="waiting"),
        ),
        Task(
            failed,
            ngettext("e-mail could not be sent", "e-mails could not be sent", failed),
            _listed("consortia_mail", state__exact=MailState.FAILED),
        ),
    ]


def _programme(state: State) -> list[Task]:
    unknown = sum(
        goal.pk not in state.revisions or state.revisions[goal.pk][-1].baseline_value is None
        for goal in Goal.objects.all()
    )
    likely = duplicates.known_number() or 0
    return [
        Task(
            unknown,
            ngettext("goal has no known baseline", "goals have no known baseline", unknown),
            _listed("impact_goal"),
        ),
        Task(
            likely,
            ngettext("likely duplicate in the register", "likely duplicates in the register", likely),
            reverse("admin:consortia_organisation_duplicates"),
        ),
    ]
