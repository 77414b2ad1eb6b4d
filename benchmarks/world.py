"""Generated data of a stated size, made in SQL: companies that stay for years, in one or two HIPs and lines.

Everything in it is invented; company numbers begin at 00000001.
"""

from dataclasses import dataclass

from django.db import connection, connections

from consortia import clock
from consortia.models import Membership, Role, User
from impact import reference
from impact.models import Quarter

QUARTERS = 16


@dataclass(frozen=True)
class Size:
    companies: int
    participations: int
    links: int = 0


def build(size: Size, person: "People") -> Size:
    """Fill every report of 15 HIPs × 16 quarters and let it count; returns the real size.

    By SQL as the application's role, so all triggers hold: drafts, rows, submission, acceptance, ledger.
    """
    reference.load()
    with connection.cursor() as cursor:
        cursor.execute(_COMPANIES, [size.companies])
        cursor.execute(_REPORTS, [QUARTERS])
        cursor.execute(_VERSIONS, [QUARTERS, person.coordinator.pk])
        cursor.execute(_PARTICIPATIONS, [max(1, round(size.participations / size.companies / 6.6))])
        cursor.execute(_FIGURES)
        cursor.execute(_HEADCOUNTS)
        cursor.execute(_UNIDENTIFIED)
        cursor.execute(_SUBMIT, [person.coordinator.pk])
        cursor.execute(_ACCEPT, [person.reviewer.pk])
        cursor.execute(_COUNT, [person.reviewer.pk])
        cursor.execute(_LINKS, [person.manager.pk])
        links = cursor.rowcount
        cursor.execute("SELECT count(DISTINCT organisation_id), count(*) FROM impact_participation")
        companies, participations = cursor.fetchone()
    # What autovacuum does within minutes on a server that stays; only an owner may.
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Size(companies, participations, links)


def hand_in_again(quarter: Quarter, person: "People") -> None:
    """Of every HIP a correction of that quarter that waits for its review; some figures are five times as large."""
    with connection.cursor() as cursor:
        cursor.execute(_CORRECTIONS, [person.coordinator.pk, quarter.pk])
        for table, columns in _ROWS.items():
            # Names of tables and columns stand above; nothing comes from outside.
            cursor.execute(
                f"INSERT INTO {table} (version_id, {columns}) SELECT version.id, {columns} FROM {table} earlier"
                " JOIN impact_reportversion version ON version.prefilled_from_id = earlier.version_id"
                " WHERE version.status = 'draft'"
            )
        cursor.execute(_ODD)
        cursor.execute(f"{_SUBMIT} WHERE status = 'draft'", [person.coordinator.pk])


@dataclass(frozen=True)
class People:
    coordinator: User
    reviewer: User
    manager: User

    @classmethod
    def make(cls) -> "People":
        people = [User.objects.create_user(f"{name}@bench.example") for name in ("coordinator", "reviewer", "manager")]
        Membership.objects.create(user=people[1], role=Role.REVIEWER)
        Membership.objects.create(user=people[2], role=Role.MANAGER)
        return cls(*people)


_COMPANIES = """
    INSERT INTO consortia_organisation (id, kvk_number, name, organisation_type, postcode, size_class, is_listed)
    SELECT gen_random_uuid(), lpad(n::text, 8, '0'), 'Bedrijf ' || n, 'company', '',
        (ARRAY['micro', 'small', 'medium', 'large', 'unknown'])[1 + n %% 5], true
    FROM generate_series(1, %s) n
"""
_REPORTS = """
    INSERT INTO impact_quarterlyreport (id, consortium_id, quarter_id, revision)
    SELECT gen_random_uuid(), consortium.id, quarter.id, 0
    FROM consortia_consortium consortium CROSS JOIN impact_quarter quarter WHERE quarter.index < %s
    ON CONFLICT DO NOTHING
"""
_VERSIONS = """
    INSERT INTO impact_reportversion (report_id, number, status, opened_by_id, opened_at, content_hash,
        correction_code, correction_reason, comment, warnings, review_comment, review_remarks, reviewed_hash)
    SELECT report.id, 1, 'draft', person.id, now(), repeat('0', 64), '', '', '', '[]', '', '[]', ''
    FROM impact_quarterlyreport report JOIN impact_quarter quarter ON quarter.id = report.quarter_id
    CROSS JOIN (SELECT %s::int AS quarters, %s::uuid AS id) person
    WHERE quarter.index < person.quarters
"""
# Each company has some places (HIP and line), in which it stays from a quarter on, for one to three years.
_PARTICIPATIONS = """
    WITH place AS (
        SELECT organisation.id AS organisation_id, organisation.kvk_number, organisation.name, organisation.size_class,
            1 + abs(hashtext(kvk_number || 'hip' || k / 2)) %% 15 AS hip,
            1 + abs(hashtext(kvk_number || 'line' || k)) %% 5 AS line,
            abs(hashtext(kvk_number || 'from' || k / 2)) %% 14 AS since,
            4 + abs(hashtext(kvk_number || 'stay' || k / 2)) %% 9 AS stays
        FROM consortia_organisation organisation CROSS JOIN generate_series(1, %s) k
        WHERE organisation.kvk_number IS NOT NULL
    )
    INSERT INTO impact_participation (version_id, position, organisation_id, kvk_number, institution_code, name,
        organisation_type, postcode, size_class, action_line_id, involvement)
    SELECT version.id, row_number() OVER (PARTITION BY version.id), organisation_id, place.kvk_number, '', place.name,
        'company', '', place.size_class, line.id, 'project'
    FROM (SELECT DISTINCT ON (organisation_id, hip, line) * FROM place) place
    JOIN consortia_consortium consortium ON consortium.number = place.hip
    JOIN impact_quarterlyreport report ON report.consortium_id = consortium.id
    JOIN impact_quarter quarter ON quarter.id = report.quarter_id
        AND quarter.index >= since AND quarter.index < since + stays
    JOIN impact_reportversion version ON version.report_id = report.id
    JOIN (SELECT id, row_number() OVER (ORDER BY "order") AS number FROM consortia_actionline) line
        ON line.number = place.line
"""
_FIGURES = """
    INSERT INTO impact_figure (version_id, position, indicator_id, action_line_id, value, numerator, denominator)
    SELECT version.id, row_number() OVER (PARTITION BY version.id), indicator.id, line.id,
        CASE WHEN definition.kind = 'ratio' THEN NULL ELSE 10 + mod(version.id, 50) END,
        CASE WHEN definition.kind = 'ratio' THEN 8 END, CASE WHEN definition.kind = 'ratio' THEN 10 END
    FROM impact_reportversion version
    CROSS JOIN impact_indicator indicator
    JOIN impact_indicatordefinition definition
        ON definition.indicator_id = indicator.id AND definition.source = 'entered'
    LEFT JOIN LATERAL (
        SELECT id FROM consortia_actionline ORDER BY mod(id + indicator.id, 5) LIMIT 2
    ) line ON definition.by_action_line
"""
_HEADCOUNTS = """
    INSERT INTO impact_headcount (version_id, position, "group", category, action_line_id, institution_code,
        headcount, first_time)
    SELECT version.id, row_number() OVER (PARTITION BY version.id), kind, '', line.id, '', 40, 25
    FROM impact_reportversion version
    CROSS JOIN unnest(ARRAY['students', 'teachers', 'employees', 'jobseekers']) kind
    CROSS JOIN (SELECT id FROM consortia_actionline LIMIT 3) line
"""
_UNIDENTIFIED = """
    INSERT INTO impact_unidentifiedcount (version_id, position, action_line_id, count)
    SELECT version.id, 0, line.id, 3 FROM impact_reportversion version
    CROSS JOIN (SELECT id FROM consortia_actionline LIMIT 1) line
"""
_SUBMIT = "UPDATE impact_reportversion SET status = 'submitted', submitted_by_id = %s, submitted_at = now()"
_ACCEPT = """
    UPDATE impact_reportversion
    SET status = 'accepted', reviewed_by_id = %s, reviewed_at = now(), reviewed_hash = content_hash
"""
_COUNT = """
    INSERT INTO impact_ledgerentry (kind, actor_id, reason, report_id, version_id)
    SELECT 'counts', %s, '', report_id, id FROM impact_reportversion ORDER BY id
"""

_CORRECTIONS = """
    INSERT INTO impact_reportversion (report_id, number, status, prefilled_from_id, opened_by_id, opened_at,
        content_hash, correction_code, correction_reason, comment, warnings, review_comment, review_remarks,
        reviewed_hash)
    SELECT DISTINCT ON (version.report_id) version.report_id, version.number + 1, 'draft', version.id, %s, now(),
        repeat('1', 64), '', 'counted again', '', '[]'::jsonb, '', '[]'::jsonb, ''
    FROM impact_reportversion version JOIN impact_quarterlyreport report ON report.id = version.report_id
    WHERE report.quarter_id = %s ORDER BY version.report_id, version.number DESC
"""
_ROWS = {
    "impact_participation": "position, organisation_id, kvk_number, institution_code, name, organisation_type,"
    " postcode, size_class, action_line_id, involvement",
    "impact_figure": "position, indicator_id, action_line_id, value, numerator, denominator",
    "impact_headcount": 'position, "group", category, action_line_id, institution_code, headcount, first_time',
    "impact_unidentifiedcount": "position, action_line_id, count",
}
_ODD = """
    UPDATE impact_figure figure SET value = value * 5 FROM impact_reportversion version
    WHERE version.id = figure.version_id AND version.status = 'draft' AND mod(figure.id, 7) = 0 AND value IS NOT NULL
"""

# One company in a hundred is a second record of another; one in ten of those is linked on, in a chain.
_LINKS = """
    INSERT INTO impact_ledgerentry (kind, actor_id, reason, from_organisation_id, to_organisation_id)
    SELECT CASE WHEN number %% 300 = 0 THEN 'succession' ELSE 'merge' END, %s, 'made up', source.id, target.id
    FROM (SELECT id, kvk_number::int AS number FROM consortia_organisation WHERE kvk_number IS NOT NULL) source
    JOIN consortia_organisation target
        ON target.kvk_number = lpad((number - CASE WHEN number %% 1000 = 0 THEN 100 ELSE 1 END)::text, 8, '0')
    WHERE number %% 100 = 0 ORDER BY number
"""


def newest_quarter() -> Quarter:
    """The newest quarter that has ended: it can be corrected."""
    return Quarter.objects.filter(index__lt=QUARTERS, end_date__lt=clock.today()).latest("index")
