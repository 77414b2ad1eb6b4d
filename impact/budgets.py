"""Commands on what HIPs planned, and what the plan was at any revision. Nothing here moves a figure.

Source: docs/semantics.md, "Money".
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem, Refused
from consortia.models import Consortium, User
from impact import ledger, submission
from impact.ledger import State
from impact.models import BudgetLine, Indicator, Kind, Quarter, Source
from impact.models.codebook import EURO

_LARGEST = Decimal("999999999999.99")


def items(state: State) -> list[int]:
    """The indicators that can be budgeted: amounts in euro that HIPs enter, by the newest definition."""
    newest = {pk: known[-1][1] for pk, known in state.definitions.items()}
    return [
        pk
        for pk, definition in newest.items()
        if (definition.unit, definition.kind, definition.source) == (EURO, Kind.FLOW, Source.ENTERED)
    ]


def years() -> list[int]:
    """The calendar years of the programme, the last one too where it ends in it."""
    return sorted({quarter.start_date.year for quarter in Quarter.objects.all()})


@transaction.atomic
def plan(
    *, actor: User, consortium: Consortium, year: int, indicator: Indicator, amount: Decimal | None, source: str
) -> BudgetLine:
    """Say what a HIP plans for a year and an item; None: it is not known (any more). What was said before stays.

    Raises:
        NotPermitted: no programme manager.
        Refused: no year of the programme, no item, a negative amount, or no source that may be stored.
    """
    access.require(actor, Permission.CONFIGURE)
    problems = [] if source.strip() else [Problem("/source", "required", _("Say where this comes from."))]
    problems += submission.check_text("/source", source, submission.MAX_TEXT)
    if year not in years():
        problems.append(Problem("/year", "out-of-range", _("The programme has no quarter in this year.")))
    if indicator.pk not in items(ledger.resolve()):
        problems.append(Problem("/indicator", "unknown", _("This is no amount in euro that HIPs enter.")))
    if amount is not None and (amount < 0 or amount > _LARGEST):
        problems.append(Problem("/amount", "out-of-range", _("Give an amount from zero on.")))
    elif amount is not None and amount != amount.quantize(Decimal("0.01")):
        problems.append(Problem("/amount", "out-of-range", _("Give at most two decimals.")))
    if problems:
        raise Refused(problems)
    return BudgetLine.objects.create(
        consortium=consortium, year=year, indicator=indicator, amount=amount, source=source.strip(),
        set_by=actor, set_at=clock.now(), is_demo=actor.is_demo,
    )  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is planned, as of a revision: the number of the newest line."""

    revision: int
    amounts: dict[tuple[int, int, int], Decimal]
    """By HIP, year and item; what is not known is not in it."""
    sources: dict[tuple[int, int, int], str]


def read(revision: int | None = None) -> Plan:
    """The plan as of that revision, the same for ever; the newest one without."""
    lines = BudgetLine.objects.all() if revision is None else BudgetLine.objects.filter(pk__lte=revision)
    newest = lines.order_by("consortium_id", "year", "indicator_id", "-pk").distinct(
        "consortium_id", "year", "indicator_id"
    )
    known = {(row.consortium_id, row.year, row.indicator_id): row for row in newest}
    held = {key: row for key, row in known.items() if row.amount is not None}
    return Plan(
        revision=lines.aggregate(newest=Max("pk"))["newest"] or 0,
        amounts={key: row.amount for key, row in held.items() if row.amount is not None},
        sources={key: row.source for key, row in held.items()},
    )
