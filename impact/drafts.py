"""The rows of a version: read as lines, replaced as a whole, and what the check needs to know of the world.

Only `reporting` calls the functions that write.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace as with_these
from decimal import Decimal
from typing import Any

from consortia import identifiers
from consortia.models import ActionLine
from impact import content, earlier, identities
from impact.models import (
    CheckRule,
    EntryKind,
    Figure,
    Headcount,
    Indicator,
    LedgerEntry,
    Participation,
    QuarterlyReport,
    ReportVersion,
    UnidentifiedCount,
)
from impact.plausibility import RuleInForce
from impact.submission import (
    DefinitionInForce,
    FigureLine,
    HeadcountLine,
    Known,
    Line,
    ParticipationLine,
    UnidentifiedLine,
)

_ROWS: dict[str, type[Any]] = {
    "figures": Figure,
    "participations": Participation,
    "unidentifiedCompanies": UnidentifiedCount,
    "headcounts": Headcount,
}
"""The table of each section of a draft."""
_BATCH = 2_000


def known(report: QuarterlyReport, lines: Sequence[Line], *, with_history: bool = True) -> Known:
    """What `submission.check` may know: the codebook of the quarter, the register, the rules and the HIP's past.

    Without history there are no questions: for whoever only stores, which nothing merely unlikely stops.
    """
    quarter = report.quarter.index
    definitions = definitions_in(quarter)
    organisations, identified = identities.registered(line for line in lines if isinstance(line, ParticipationLine))
    bare = Known(
        definitions={code: definition for code, (_since, definition) in definitions.items()},
        action_lines=list(ActionLine.objects.values_list("code", flat=True)),
        organisations=organisations,
        identities=identified,
    )
    if not with_history:
        return bare
    roots = earlier.roots()
    since = {code: first for code, (first, _definition) in definitions.items()}
    return with_these(
        bare,
        links=roots,
        rules=tuple(RuleInForce.of(rule) for rule in CheckRule.objects.active()),
        past=earlier.past_of(report.consortium_id, quarter, since, roots),
    )


def definitions_in(quarter: int) -> dict[str, tuple[int, DefinitionInForce]]:
    """The codebook of a quarter by indicator, each with the quarter since which it holds; as `ledger.resolve`."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.DEFINITION, definition__from_quarter__index__lte=quarter)
    # Of an indicator the last one stays: the newest quarter, and within it the newest entry.
    return {
        code: (since, DefinitionInForce(kind, unit, source, by_action_line, rule))
        for code, since, kind, unit, source, by_action_line, rule in entries.order_by(
            "definition__from_quarter__index", "seq"
        ).values_list(
            "definition__indicator__code",
            "definition__from_quarter__index",
            "definition__kind",
            "definition__unit",
            "definition__source",
            "definition__by_action_line",
            "definition__rule",
        )
    }


def figures_of(version: ReportVersion) -> list[Line]:
    """The stored figures as lines, in their order."""
    figures = version.figures.values_list("indicator__code", "action_line__code", "value", "numerator", "denominator")
    return [
        FigureLine(
            origin="",
            indicator=indicator,
            action_line=line,
            value=value,
            numerator=_decimal(numerator),
            denominator=_decimal(denominator),
        )
        for indicator, line, value, numerator, denominator in figures
    ]


def lines_of(version: ReportVersion) -> list[Line]:
    """The stored rows as lines, in their order, each with its place as origin."""
    lines = figures_of(version)
    participations = version.participations.values_list(
        "kvk_number",
        "institution_code",
        "name",
        "organisation_type",
        "postcode",
        "size_class",
        "action_line__code",
        "involvement",
    )
    lines += [
        ParticipationLine(
            origin="",
            kvk_number=number,
            institution_code=code,
            name=name,
            organisation_type=organisation_type,
            postcode=postcode,
            size_class=size_class,
            action_line=line,
            involvement=involvement,
        )
        for number, code, name, organisation_type, postcode, size_class, line, involvement in participations
    ]
    unidentified = version.unidentifiedcounts.values_list("action_line__code", "count")
    lines += [UnidentifiedLine(origin="", action_line=line, count=Decimal(count)) for line, count in unidentified]
    headcounts = version.headcounts.values_list(
        "group", "category", "action_line__code", "institution_code", "headcount", "first_time"
    )
    lines += [
        HeadcountLine(
            origin="",
            group=group,
            category=category,
            action_line=line,
            institution_code=code,
            headcount=Decimal(headcount),
            first_time=Decimal(first_time),
        )
        for group, category, line, code, headcount, first_time in headcounts
    ]
    return content.renumber(lines)


def replace(
    version: ReportVersion, lines: Sequence[Line], known: Known, *, sections: Collection[str] = content.SECTIONS
) -> None:
    """Store the sections of checked lines in an open draft; the others stay as they are stored."""
    identities.lock_to_refer()
    for section in sections:
        _ROWS[section].objects.filter(version=version).delete()
    lines = [line for line in lines if content.section_of(line) in sections]
    action_lines = dict(ActionLine.objects.values_list("code", "pk"))
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    participations = [line for line in lines if isinstance(line, ParticipationLine)]
    organisations = identities.organisations_of(participations, known)
    rows: dict[type[Any], list[Any]] = {model: [] for model in _ROWS.values()}
    for line in lines:
        match line:
            case FigureLine():
                row: Any = Figure(
                    indicator_id=indicators[line.indicator],
                    action_line_id=action_lines[line.action_line] if line.action_line else None,
                    value=line.value,
                    numerator=_integer(line.numerator),
                    denominator=_integer(line.denominator),
                )
            case ParticipationLine():
                row = Participation(
                    organisation_id=organisations[line],
                    kvk_number=line.kvk_number,
                    institution_code=line.institution_code,
                    name=line.name,
                    organisation_type=line.organisation_type,
                    postcode=identifiers.normal_postcode(line.postcode) or "",
                    size_class=line.size_class,
                    action_line_id=action_lines[line.action_line],
                    involvement=line.involvement,
                )
            case UnidentifiedLine():
                row = UnidentifiedCount(action_line_id=action_lines[line.action_line], count=int(line.count))
            case HeadcountLine():
                row = Headcount(
                    group=line.group,
                    category=line.category,
                    action_line_id=action_lines[line.action_line],
                    institution_code=line.institution_code,
                    headcount=int(line.headcount),
                    first_time=int(line.first_time),
                )
        row.version = version
        row.position = len(rows[type(row)])
        rows[type(row)].append(row)
    for model, of_model in rows.items():
        model.objects.bulk_create(of_model, batch_size=_BATCH)


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)


def _integer(number: Any) -> int | None:
    return None if number is None else int(number)


def copy(source: ReportVersion, version: ReportVersion) -> None:
    """Prefill an open draft with the rows of another version."""
    identities.lock_to_refer()
    for model in _ROWS.values():
        rows: list[Any] = list(model.objects.filter(version=source).order_by("position"))
        for row in rows:
            row.pk = None
            row._state.adding = True
            row.version = version
        model.objects.bulk_create(rows, batch_size=_BATCH)
