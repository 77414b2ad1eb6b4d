"""Why this number: what a figure is made of, for people."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import exports
from consortia.models import ActionLine, Consortium
from consortia.templatetags import portal
from impact import lineage as domain
from impact import lineage_organisations
from impact.lineage import Lineage, Part
from impact.lineage_organisations import Overlap
from impact.measures import Number, share
from impact.models import Involvement, Kind, Quarter
from impact.models.codebook import EURO
from impact.views import figures, lists
from impact.views.figures import SHARE, Reader
from impact.views.lineage_asked import Asked
from impact.views.lineage_words import how_it_is_counted, what_it_is, why_there_is_none, words_of

RECORDS_SHOWN = 50
REPORTS_SHOWN = 16
"""With more of them the list is folded in."""


@dataclass(frozen=True)
class SumRow:
    """A part of the sum: a HIP, an action line or a quarter."""

    label: str
    value: Number | None
    numerator: int | None = None
    denominator: int | None = None
    why: str = ""

    @property
    def share(self) -> Number | None:
        return None if self.numerator is None or not self.denominator else share(self.numerator, self.denominator)


@dataclass(frozen=True)
class SumTable:
    """How parts make the number; for organisations less what was counted more than once."""

    by: str
    rows: tuple[SumRow, ...]
    overlap: Overlap | None = None

    shared_in_words: str = ""

    @property
    def minus(self) -> int:
        return -self.overlap.repeated if self.overlap else 0

    @property
    def count(self) -> int:
        return self.overlap.sum - self.overlap.repeated if self.overlap else 0


@dataclass(frozen=True)
class ReportRow:
    """A version that counts in the number."""

    part: Part
    consortium: Consortium
    quarter: Quarter


@require_safe
@cache_control(private=True, no_cache=True)
def lineage(request: HttpRequest) -> HttpResponseBase:
    """The number, how it is counted, the sum that makes it, the reports behind it, and their rows."""
    asked = Asked(request)
    start, after = _page_of(request)
    if start is None:
        asked.problem = asked.problem or _("This part of the list does not exist.")
    if asked.problem:
        return render(request, "impact/lineage_refused.html", {"problem": asked.problem}, status=400)
    question, reader = asked.question(), asked.reader
    if exports.is_asked(request):
        return lists.lineage(request, reader, question, request.user)
    found = domain.trace(request.user, question, reader.dimensions, state=reader.state, size=RECORDS_SHOWN, after=after)
    context = _Page(reader, found).context()
    context |= {
        "working": asked.working(),
        "address": request.build_absolute_uri(),
        "next": _next(request, found, start or 0),
        "is_first": not start,
        "first_number": (start or 0) + 1,
        "last_number": (start or 0) + len(found.records),
        "first": _address(request, drop="vanaf"),
        "now": _address(request, drop="peilmoment") if reader.as_of is not None else "",
    }
    return render(request, "impact/lineage.html", context)


# --- pages of records

_SALT = "impact.views.lineage"


def _page_of(request: HttpRequest) -> tuple[int | None, list[Any] | None]:
    """How many records come before, and the key of the last of them; no number where it cannot be read."""
    token = request.GET.get("vanaf", "")
    if not token:
        return 0, None
    try:
        start, *after = signing.loads(token, salt=_salt(request))
    except (signing.BadSignature, ValueError):
        return None, None
    return start, after


def _salt(request: HttpRequest) -> str:
    """Binds a place to its list."""
    asked = sorted((key, value) for key, value in request.GET.items() if key not in {"vanaf", "peilmoment"} and value)
    return f"{_SALT} {asked}"


def _next(request: HttpRequest, found: Lineage, start: int) -> str:
    if found.last is None:
        return ""
    query = request.GET.copy()
    # The list goes on at the moment at which it began.
    query["peilmoment"] = str(found.seq)
    query["vanaf"] = signing.dumps([start + len(found.records), *found.last], salt=_salt(request))
    return f"{request.path}?{query.urlencode()}#records"


def _address(request: HttpRequest, *, drop: str) -> str:
    query = request.GET.copy()
    for key in {drop, "vanaf"}:
        query.pop(key, None)
    return f"{request.path}?{query.urlencode()}"


# --- what the page shows


class _Page:
    def __init__(self, reader: Reader, found: Lineage) -> None:
        self.reader, self.found = reader, found
        dimensions = reader.dimensions
        question = found.question
        self.consortium = dimensions.consortia.get(question.consortium_id or 0)
        self.action_line = dimensions.action_lines.get(question.action_line_id or 0)
        self.indicator = dimensions.indicators[question.indicator_id]
        self.quarter = dimensions.quarters[question.quarter]
        self.words = words_of(found)
        self.is_ratio = found.definition is not None and found.definition.kind == Kind.RATIO

    def context(self) -> dict[str, Any]:
        found, reader = self.found, self.reader
        is_share = self.is_ratio and found.question.measure not in domain.PARTS_OF_RATIO
        is_euro = found.definition is not None and found.definition.unit == EURO
        reports = self._reports()
        return {
            "found": found,
            "measure": found.question.measure,
            "consortium": self.consortium,
            "action_line": self.action_line,
            "indicator": self.indicator,
            "quarter": self.quarter,
            "notation": SHARE if is_share else EURO if is_euro else "",
            "unit": figures.unit_word(found.cell.unit) if found.value is not None and not self.is_ratio else "",
            "is_ratio": self.is_ratio,
            "is_derived": found.definition is not None and bool(found.definition.rule),
            "is_long": len(found.quarters) > 1 and found.question.measure != "new",
            "words": self.words,
            "unnamed": self.words.unnamed(found.not_named),
            "what": what_it_is(found, reader.dimensions),
            "how": how_it_is_counted(found),
            "why_none": why_there_is_none(found, reader.dimensions),
            "is_sum_of_persons": self.consortium is None
            and found.absence is None
            and reader.is_about_persons(self.indicator),
            "since": None if found.since is None else reader.dimensions.quarters[found.since],
            "tables": self._tables(),
            "pooled": None if found.numerator is None else share(found.numerator, found.denominator or 0),
            "bounds": [
                {"label": reader.dimensions.consortia[row.consortium_id].name, "of_hip": row}
                for row in (found.bounds.of_hips if found.bounds else ())
            ],
            "reports": reports,
            "folds_reports": len(reports) > REPORTS_SHOWN,
            "older_reports": len(found.versions) - len(reports),
            "missing": self._missing(),
            "records": [self._record(record) for record in found.records],
            "api": self._api(),
            "as_of": reader.as_of,
            "seq": reader.seq,
            "recorded_at": reader.recorded_at,
        }

    def _reports(self) -> list[ReportRow]:
        """For what is new only those of the quarter: of older ones nothing is in it."""
        dimensions, quarter = self.reader.dimensions, self.found.question.quarter
        return [
            ReportRow(
                part, dimensions.consortia[part.counting.consortium_id], dimensions.quarters[part.counting.quarter]
            )
            for part in self.found.versions
            if self.found.question.measure != "new" or part.counting.quarter == quarter
        ]

    def _missing(self) -> list[tuple[Consortium, list[Quarter]]]:
        dimensions = self.reader.dimensions
        by_hip: dict[int, list[Quarter]] = defaultdict(list)
        for hip, quarter in self.found.missing:
            if self.found.question.measure != "new" or quarter == self.found.question.quarter:
                by_hip[hip].append(dimensions.quarters[quarter])
        return [(row, by_hip[pk]) for pk, row in dimensions.consortia.items() if pk in by_hip]

    def _tables(self) -> list[SumTable]:
        if self.found.counts_organisations:
            tables = [self._overlapping(overlap) for overlap in self.found.overlaps]
            return [table for table in tables if len(table.rows) > 1]
        rows = self._sums((part.counting.consortium_id, part) for part in self.found.versions)
        named = {pk: row.name for pk, row in self.reader.dimensions.consortia.items()}
        why = self._why_of_hip if self.consortium is None else None
        tables = [SumTable(lineage_organisations.HIPS, self._rows(rows, named, why))]
        if len(self.found.quarters) > 1:
            by_quarter = self._sums((part.counting.quarter, part) for part in self.found.versions)
            periods = {index: portal.quarter(row.pk) for index, row in self.reader.dimensions.quarters.items()}
            tables.append(
                SumTable(lineage_organisations.QUARTERS, self._rows(by_quarter, periods, self._why_of_quarter))
            )
        return [table for table in tables if len(table.rows) > 1 or (table.rows and self.consortium is None)]

    def _sums(self, parts: Iterable[tuple[int, Part]]) -> dict[int, SumRow]:
        sums: dict[int, SumRow] = {}
        for key, part in parts:
            before = sums.get(key, SumRow("", None))
            sums[key] = SumRow(
                "",
                _plus(before.value, part.value),
                _plus(before.numerator, part.numerator),
                _plus(before.denominator, part.denominator),
            )
        return sums

    def _rows(
        self, sums: Mapping[int, SumRow], labels: Mapping[int, str], why: Callable[[int], str] | None
    ) -> tuple[SumRow, ...]:
        return tuple(
            replace(sums[pk], label=label, why=why(pk) if why else "") for pk, label in labels.items() if pk in sums
        )

    def _overlapping(self, overlap: Overlap) -> SumTable:
        dimensions = self.reader.dimensions
        labels, why = {
            lineage_organisations.HIPS: (_names(dimensions.consortia.values()), self._why_of_hip),
            lineage_organisations.LINES: (_names(dimensions.action_lines.values()), self._why_of_line),
            lineage_organisations.QUARTERS: (
                {index: portal.quarter(row.pk) for index, row in dimensions.quarters.items()},
                self._why_of_quarter,
            ),
        }[overlap.by]
        counts = {pk: SumRow("", count) for pk, count in overlap.parts}
        # What is new here need not be new in a part of it, and a bound has its own table.
        is_a_cell = self.found.question.measure in {"value", "trailingYear", "cumulative"}
        rows = self._rows(counts, labels, why if is_a_cell else None)
        return SumTable(overlap.by, rows, overlap, self.words.shared(overlap.by, overlap.shared))

    def _why(self, **differently: str) -> str:
        return figures.why_address(
            **{
                "consortium": self.consortium.slug if self.consortium else figures.EVERYTHING,
                "line": self.action_line.code if self.action_line else figures.EVERYTHING,
                "indicator": self.indicator.code,
                "period": self.quarter.pk,
                "measure": self.found.question.measure,
                **differently,
            },
            as_of=self.reader.as_of,
        )

    def _why_of_hip(self, pk: int) -> str:
        return self._why(consortium=self.reader.dimensions.consortia[pk].slug)

    def _why_of_line(self, pk: int) -> str:
        return self._why(line=self.reader.dimensions.action_lines[pk].code)

    def _why_of_quarter(self, index: int) -> str:
        return self._why(period=self.reader.dimensions.quarters[index].pk, measure="value")

    def _record(self, record: Any) -> dict[str, Any]:
        dimensions = self.reader.dimensions
        if isinstance(record, lineage_organisations.OrganisationRecord):
            return {
                "record": record,
                "rows": [
                    {
                        "row": row,
                        "consortium": dimensions.consortia[row.version.consortium_id],
                        "quarter": dimensions.quarters[row.version.quarter],
                        "action_line": dimensions.action_lines[row.action_line_id],
                        "involvement": Involvement(row.involvement).label,
                        "is_linked": row.organisation_id != record.organisation_id,
                    }
                    for row in record.rows
                ],
            }
        return {
            "record": record,
            "consortium": dimensions.consortia[record.version.consortium_id],
            "quarter": dimensions.quarters[record.version.quarter],
            "action_line": dimensions.action_lines.get(record.action_line_id or 0),
            "indicator": dimensions.indicators[record.indicator_id],
            "share": None if record.numerator is None else share(record.numerator, record.denominator or 0),
        }

    def _api(self) -> str:
        question = self.found.question
        asked = {
            "consortium": self.consortium.slug if self.consortium else figures.EVERYTHING,
            "actionLine": self.action_line.code if self.action_line else figures.EVERYTHING,
            "indicator": self.indicator.code,
            "period": self.quarter.pk,
            "measure": question.measure,
            "asOf": str(self.found.seq),
        }
        return f"/api/v1/lineage?{urlencode(asked)}"


def _plus(one: Any, other: Any) -> Any:
    return one if other is None else other if one is None else one + other


def _names(rows: Iterable[Consortium | ActionLine]) -> dict[int, str]:
    return {row.pk: row.name for row in rows}
