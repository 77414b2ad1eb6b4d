"""Loading the reference data: it makes what is missing and leaves alone what is there.

What the office has edited is never overwritten; what moves figures, coverage or goals goes through the commands of
`programme`, into the ledger.
"""

from django.db import transaction

from consortia.models import ActionLine, Consortium, Organisation, Partner, PartnerRole, Programme, Theme
from impact import programme, quarters, rules
from impact.models import (
    CheckRule,
    EntryKind,
    Goal,
    Indicator,
    LedgerEntry,
    Quarter,
)
from impact.reference_codebook import INDICATORS
from impact.reference_programme import (
    ACTION_LINES,
    BASELINE_DATE,
    DECISION,
    FIRST_DAY,
    FIRST_QUARTER,
    GOALS,
    HIPS,
    LAST_DAY,
    LAST_QUARTER,
    PROGRAMME,
    TARGET_DATE,
    THEMES,
    Hip,
    StartingGoal,
)
from impact.reference_rules import RULES


@transaction.atomic
def load(*, is_demo: bool = False) -> int:
    """Make the programme, action lines, HIPs, quarters, codebook and goals as far as they are missing.

    Returns how many rows were new. The mark of demonstration data has to be there before the first ledger entry, so
    `is_demo` has an effect on an empty database only.
    """
    _programme, is_new = Programme.objects.get_or_create(pk=1, defaults={**PROGRAMME, "is_demo": is_demo})
    made = [
        is_new,
        *_load_action_lines(),
        *_load_themes(),
        *_load_quarters(),
        *_load_hips(),
        *_load_codebook(),
        *_load_goals(),
        *_load_rules(),
    ]
    return sum(made) + programme.open_quarters()


def _load_action_lines() -> list[bool]:
    return [
        ActionLine.objects.get_or_create(code=row["code"], defaults={**row, "order": order})[1]
        for order, row in enumerate(ACTION_LINES, start=1)
    ]


def _load_themes() -> list[bool]:
    return [
        Theme.objects.get_or_create(slug=slug, defaults={"name_nl": dutch, "name_en": english})[1]
        for slug, (dutch, english) in THEMES.items()
    ]


def _load_quarters() -> list[bool]:
    return [
        Quarter.objects.get_or_create(
            pk=quarter.id,
            defaults={
                "index": index,
                "start_date": quarter.start_date,
                "end_date": quarter.end_date,
                "due_date": quarter.due_date,
            },
        )[1]
        for index, quarter in enumerate(quarters.between(FIRST_QUARTER, LAST_QUARTER))
    ]


def _load_hips() -> list[bool]:
    """By number: the office gives placeholders their real name and address."""
    known = {row.number: row for row in Consortium.objects.all()}
    taking_part = set(
        LedgerEntry.objects.filter(kind=EntryKind.PARTICIPATION).values_list("consortium__number", flat=True)
    )
    made = []
    for number, hip in enumerate(HIPS, start=1):
        consortium = known.get(number) or _make_hip(number, hip)
        if number not in taking_part:
            programme.set_participation(actor=None, consortium=consortium, start_date=FIRST_DAY, end_date=LAST_DAY)
        made.append(number not in known)
    return made


def _make_hip(number: int, hip: Hip) -> Consortium:
    consortium = Consortium.objects.create(
        number=number,
        slug=hip.slug,
        name=hip.name,
        is_placeholder=hip.is_placeholder,
        regions=list(hip.regions),
        grant_eur=hip.grant_eur,
        grant_is_maximum=hip.grant_is_maximum,
        total_cost_eur=hip.total_cost_eur,
        source=hip.source,
    )
    consortium.themes.set(Theme.objects.filter(slug__in=hip.themes))
    if hip.lead:
        # No public source gives its number; the office adds it.
        organisation = Organisation.objects.create(name=hip.lead, organisation_type=hip.lead_type, is_listed=True)
        Partner.objects.create(consortium=consortium, organisation=organisation, role=PartnerRole.LEAD)
    return consortium


def _load_codebook() -> list[bool]:
    first = Quarter.objects.get(pk=FIRST_QUARTER.id)
    made = []
    for order, row in enumerate(INDICATORS, start=1):
        indicator, is_new = Indicator.objects.get_or_create(
            code=row.code,
            defaults={
                "order": order,
                "name_nl": row.name_nl,
                "name_en": row.name_en,
                "question_nl": row.question_nl,
                "question_en": row.question_en,
                "is_proposal": True,
            },
        )
        if not indicator.definitions.exists():
            programme.define_indicator(
                actor=None,
                indicator=indicator,
                from_quarter=first,
                kind=row.kind,
                unit=row.unit,
                source=row.source,
                rule=row.rule,
                by_action_line=row.by_action_line,
                meaning_nl=row.meaning_nl,
                meaning_en=row.meaning_en,
            )
        made.append(is_new)
    return made


def _load_goals() -> list[bool]:
    made = []
    for order, row in enumerate(GOALS, start=1):
        goal, is_new = Goal.objects.get_or_create(
            code=row.code,
            defaults={
                "order": order,
                "name_nl": row.name_nl,
                "name_en": row.name_en,
                "indicator": Indicator.objects.get(code=row.indicator),
                "measure": row.measure,
            },
        )
        if not goal.revisions.exists():
            _set_goal(goal, row)
        made.append(is_new)
    return made


def _set_goal(goal: Goal, row: StartingGoal) -> None:
    programme.revise_goal(
        actor=None,
        goal=goal,
        baseline_value=row.baseline,
        baseline_date=BASELINE_DATE,
        baseline_method_nl=row.method_nl,
        baseline_method_en=row.method_en,
        baseline_source=row.source,
        target_value=row.target,
        target_date=TARGET_DATE,
        decision=DECISION,
        decided_on=FIRST_DAY,
    )


def _load_rules() -> list[bool]:
    """As they are proposed, and in force; the office sees what they find in what is already there."""
    known = set(CheckRule.objects.values_list("code", flat=True))
    indicators = {row.code: row for row in Indicator.objects.all()}
    missing = [
        CheckRule(
            code=row.code,
            kind=row.kind,
            factor=row.factor,
            least=row.least,
            indicator=indicators.get(row.indicator),
            whole=indicators.get(row.whole),
        )
        for row in RULES
        if row.code not in known
    ]
    if missing:
        rules.begin_with(missing)
    return [row.code not in known for row in RULES]
