"""REST: the answer of lineage as it is written: ids as codes, and nothing that the caller may not see."""

from typing import Any

from impact import lineage_organisations
from impact.ledger import Counting
from impact.lineage import Lineage, Part
from impact.lineage_organisations import OrganisationRecord, Overlap
from impact.lineage_rows import RowRecord
from impact.measures import plain
from impact.rollups import Dimensions


class Writer:
    """Writes ids as the codes that the API knows."""

    def __init__(self, dimensions: Dimensions) -> None:
        self.hips = {pk: row.slug for pk, row in dimensions.consortia.items()}
        self.lines = {pk: row.code for pk, row in dimensions.action_lines.items()}
        self.indicators = {pk: row.code for pk, row in dimensions.indicators.items()}
        self.periods = {index: row.pk for index, row in dimensions.quarters.items()}

    def head(self, found: Lineage) -> dict[str, Any]:
        cell = found.cell
        hip, line = cell.consortium_id, cell.action_line_id
        return {
            "consortium": None if hip is None else self.hips[hip],
            "actionLine": None if line is None else self.lines[line],
            "indicator": self.indicators[cell.indicator_id],
            "period": self.periods[cell.quarter],
            "measure": found.question.measure,
            "value": plain(found.value),
            "numerator": found.numerator,
            "denominator": found.denominator,
            "absence": found.absence,
            "unit": cell.unit,
            "status": "final" if cell.is_final else "provisional",
            "withheld": cell.withheld,
            "break": cell.is_break,
            "periods": [self.periods[quarter] for quarter in found.quarters],
            "definition": self._definition(found),
            "versions": [self._version(part) for part in found.versions],
            "notReported": [
                {"consortium": self.hips[hip], "period": self.periods[quarter]} for hip, quarter in found.missing
            ],
            "overlaps": [self._overlap(overlap) for overlap in found.overlaps],
            "bounds": self._bounds(found),
            "total": found.total,
            "named": found.named,
            "notNamed": found.not_named,
            "rowsNotShown": found.hidden_rows if found.counts_organisations else None,
        }

    def _definition(self, found: Lineage) -> dict[str, Any] | None:
        if found.definition is None or found.since is None:
            return None
        definition = found.definition
        return {
            "from": self.periods[found.since],
            "kind": definition.kind,
            "unit": definition.unit,
            "source": definition.source,
            "derivedFrom": definition.rule or None,
            "byActionLine": definition.by_action_line,
            "meaning": {"nl": definition.meaning_nl, "en": definition.meaning_en},
        }

    def _place(self, version: Counting) -> dict[str, Any]:
        return {
            "consortium": self.hips[version.consortium_id],
            "period": self.periods[version.quarter],
            "version": version.version_number,
        }

    def _version(self, part: Part) -> dict[str, Any]:
        version, shows = part.version, part.shows_remarks
        return {
            **self._place(part.counting),
            "seq": part.counting.seq,
            "value": plain(part.value),
            "numerator": part.numerator,
            "denominator": part.denominator,
            "submittedAt": version.submitted_at,
            "submittedBy": str(version.submitted_by) if shows else None,
            "acceptedAt": version.reviewed_at,
            "acceptedBy": str(version.reviewed_by) if shows else None,
            "isCorrection": part.is_correction,
            "correctionCode": (version.correction_code or None) if shows else None,
            "correctionReason": (version.correction_reason or None) if shows else None,
            "contentHash": version.content_hash if part.shows_rows else None,
        }

    def _overlap(self, overlap: Overlap) -> dict[str, Any]:
        keys = {
            lineage_organisations.HIPS: self.hips,
            lineage_organisations.LINES: self.lines,
            lineage_organisations.QUARTERS: self.periods,
        }[overlap.by]
        in_order = sorted(overlap.parts, key=lambda part: list(keys).index(part[0]))
        return {
            "by": overlap.by,
            "parts": [{"key": keys[part], "count": count} for part, count in in_order],
            "sum": overlap.sum,
            "repeated": overlap.repeated,
            "shared": overlap.shared,
            "count": overlap.sum - overlap.repeated,
        }

    def _bounds(self, found: Lineage) -> dict[str, Any] | None:
        if found.bounds is None:
            return None
        shown = {part.counting.version_id for part in found.versions if part.shows_rows}
        return {
            "identified": found.bounds.identified,
            "low": found.bounds.low,
            "high": found.bounds.high,
            "consortia": [
                {
                    "consortium": self.hips[each.consortium_id],
                    "identified": each.identified,
                    "largest": each.largest,
                    "sum": each.sum,
                }
                for each in found.bounds.of_hips
            ],
            "unidentified": [
                {
                    **self._place(row.version),
                    "actionLine": self.lines[row.action_line_id],
                    "count": row.count,
                    "pointer": f"/unidentifiedCompanies/{row.position}" if row.version.version_id in shown else None,
                }
                for row in found.bounds.without
            ],
        }

    def record(self, record: RowRecord | OrganisationRecord, shown: set[int]) -> dict[str, Any]:
        if isinstance(record, OrganisationRecord):
            return self._organisation(record)
        line = record.action_line_id
        written = {
            "kind": record.kind,
            "value": plain(record.value),
            **self._place(record.version),
            "seq": record.version.seq,
            "indicator": self.indicators[record.indicator_id],
            "actionLine": None if line is None else self.lines[line],
            "pointer": self._pointer(record) if record.version.version_id in shown else None,
            "numerator": record.numerator,
            "denominator": record.denominator,
        }
        if record.kind == "headcount":
            written |= {
                "group": record.group,
                "category": record.category,
                "institutionCode": record.institution_code or None,
                "headcount": record.headcount,
                "firstTime": record.first_time,
                "counted": "firstTime" if record.counts_first_time else "headcount",
            }
        return written

    def _pointer(self, record: RowRecord) -> str | None:
        if record.position is None:
            return None
        return f"/{record.kind}s/{record.position}"

    def _organisation(self, record: OrganisationRecord) -> dict[str, Any]:
        return {
            "kind": "organisation",
            "value": 1,
            "organisation": {
                "id": record.organisation_id,
                "name": record.name,
                "kvkNumber": record.kvk_number or None,
                "institutionCode": record.institution_code or None,
            },
            "rows": [
                {
                    **self._place(row.version),
                    "pointer": f"/participations/{row.position}",
                    "actionLine": self.lines[row.action_line_id],
                    "involvement": row.involvement,
                    "organisation": row.organisation_id,
                    "name": row.name,
                    "kvkNumber": row.kvk_number or None,
                    "institutionCode": row.institution_code or None,
                    "organisationType": row.organisation_type,
                    "sizeClass": row.size_class,
                }
                for row in record.rows
            ],
            "links": [
                {"seq": link.seq, "kind": link.kind, "from": link.source, "to": link.target} for link in record.links
            ],
        }
