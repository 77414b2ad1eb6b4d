"""The rows of a version: read as lines, replaced as a whole, and what the check needs to know of the world.

Only `reporting` calls the functions that write.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace as with_these
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem, Refused
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
    """The stored figures as lines, in their order, each with its place as origin."""
    figures = version.figures.values_list("indicator__code", "action_line__code", "value", "numerator", "denominator")
    return [
        FigureLine(
            origin=f"/figures/{place}",
            indicator=indicator,
            action_line=line,
            value=value,
            numerator=_decimal(numerator),
            denominator=_decimal(denominator),
        )
        for place, (indicator, line, value, numerator, denominator) in enumerate(figures)
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
            origin=f"/participations/{place}",
            kvk_number=number,
            institution_code=code,
            name=name,
            organisation_type=organisation_type,
            postcode=postcode,
            size_class=size_class,
            action_line=line,
            involvement=involvement,
        )
        for place, (number, code, name, organisation_type, postcode, size_class, line, involvement) in enumerate(
            participations
        )
    ]
    unidentified = version.unidentifiedcounts.values_list("action_line__code", "count")
    lines += [
        UnidentifiedLine(origin=f"/unidentifiedCompanies/{place}", action_line=line, count=Decimal(count))
        for place, (line, count) in enumerate(unidentified)
    ]
    headcounts = version.headcounts.values_list(
        "group", "category", "action_line__code", "institution_code", "headcount", "first_time"
    )
    lines += [
        HeadcountLine(
            origin=f"/headcounts/{place}",
            group=group,
            category=category,
            action_line=line,
            institution_code=code,
            headcount=Decimal(headcount),
            first_time=Decimal(first_time),
        )
        for place, (group, category, line, code, headcount, first_time) in enumerate(headcounts)
    ]
    return lines


def answered(version: ReportVersion) -> set[tuple[str, str]]:
    """What a version has a number for, of what is asked by name: its section, and the indicator or the group."""
    indicators = version.figures.order_by().values_list("indicator__code", flat=True).distinct()
    groups = version.headcounts.order_by().values_list("group", flat=True).distinct()
    return {("figures", code) for code in indicators} | {("headcounts", group) for group in groups}


def replace(
    version: ReportVersion,
    lines: Sequence[Line],
    known: Known,
    *,
    sections: Collection[str] = content.SECTIONS,
    source: ReportVersion | None = None,
) -> None:
    """Store the sections of checked lines in an open draft; the others stay as they are stored.

    `source` is the version that the lines come from.

    Raises:
        Refused: two rows say the same of one organisation.
    """
    identities.lock_to_refer()
    lines = [line for line in lines if content.section_of(line) in sections]
    action_lines = dict(ActionLine.objects.values_list("code", "pk"))
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    participations = [line for line in lines if isinstance(line, ParticipationLine)]
    organisations = _organisations_of(participations, known, source or version)
    for section in sections:
        _ROWS[section].objects.filter(version=version).delete()
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


def _organisations_of(
    lines: Sequence[ParticipationLine], known: Known, source: ReportVersion
) -> dict[ParticipationLine, UUID]:
    """The organisation of each row; rows that became one meanwhile keep theirs until somebody removes one of them."""
    found = identities.organisations_of(lines, known)
    if not _twice(lines, found):
        return found
    columns = ("kvk_number", "institution_code", "action_line__code", "involvement", "organisation_id")
    stored = {tuple(who): pk for *who, pk in source.participations.values_list(*columns)}
    found = {
        line: stored.get((line.kvk_number, line.institution_code, line.action_line, line.involvement), found[line])
        for line in lines
    }
    twice = _twice(lines, found)
    if twice:
        raise Refused([Problem(line.origin, "duplicate", _("This row is already there, above.")) for line in twice])
    return found


def _twice(lines: Sequence[ParticipationLine], found: Mapping[ParticipationLine, UUID]) -> list[ParticipationLine]:
    seen: set[tuple[UUID, str, str]] = set()
    twice = []
    for line in lines:
        place = (found[line], line.action_line, line.involvement)
        if place in seen:
            twice.append(line)
        seen.add(place)
    return twice


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
