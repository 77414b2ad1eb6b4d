"""Everything that is measured at one size; prints JSON. `python -m benchmarks` starts it, in its own environment."""

import argparse
import json
import random
import subprocess
import sys
import time
from functools import partial
from typing import Any

import django

from benchmarks.timing import Timing, fastest, fastest_in_turn, once, percentile95

# The number of different companies in every quarter, scope and line, and nothing else: what our query must stand up to.
PLAIN = """
    SELECT report.consortium_id, p.action_line_id, report.quarter_id, count(DISTINCT p.organisation_id)
    FROM impact_participation p
    JOIN impact_reportversion version ON version.id = p.version_id
    JOIN impact_quarterlyreport report ON report.id = version.report_id
    WHERE p.organisation_type = 'company' AND p.involvement <> 'internship'
    GROUP BY GROUPING SETS (
        (report.quarter_id, report.consortium_id, p.action_line_id), (report.quarter_id, report.consortium_id),
        (report.quarter_id, p.action_line_id), (report.quarter_id)
    )
"""
PLAIN_RATIO = 1.2
"""Asked at ten times the size, where the rows weigh; at once it is shown."""
CELLS = 1_000
_COMPANIES_IN_A_DRAFT = 600


def counting(ratio_limit: float | None) -> list[Timing]:
    """The distinct counts against plain SQL, and the whole roll-up."""
    from django.db import connection

    from impact import distinct, ledger, materialise
    from impact.measures import Window
    from impact.models import Indicator
    from impact.rollups import Dimensions

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(PLAIN)
            cursor.fetchall()

    state, dimensions = ledger.resolve(), Dimensions.read()
    asked = [
        distinct.Asked(row.pk, definition[1].rule, Window(quarter))
        for row in Indicator.objects.filter(code__in=["companies", "companies-sme", "partners"])
        for quarter in dimensions.quarters
        if (definition := state.definition(row.pk, quarter))
    ]
    shapes = [(True, True), (True, False), (False, True), (False, False)]
    reference, counts = fastest_in_turn(plain, lambda: distinct.count(state, asked, shapes))
    whole = fastest(lambda: materialise.roll_up(again=True))
    memory = subprocess.run([sys.executable, "-m", "benchmarks.memory"], stdout=subprocess.PIPE, text=True, check=True)
    return [
        Timing("plain COUNT(DISTINCT …) of the values of companies", reference),
        Timing(
            "distinct counts, every measure of three indicators, links resolved", counts,
            ratio=counts / reference, ratio_limit=ratio_limit, against="plain",
        ),
        Timing("full roll-up of every measure of every cell, stored", whole),
        Timing("peak memory of the process that rolls up", float(memory.stdout), unit="MB"),
    ]  # fmt: skip


def reading(times: int) -> list[Timing]:
    """What a visitor asks for: stored figures, the front page, and figures of an earlier moment."""
    from django.test import Client

    from impact import ledger, rollups
    from impact.rollups import Dimensions, Selection

    client, newest, dimensions = Client(), ledger.newest(), Dimensions.read()
    client.get("/")  # Templates are read once.
    programme = Selection(consortia=[None], action_lines=[None])

    earlier = iter(range(newest - 1, 0, -1))

    def as_of() -> None:
        assert client.get("/api/v1/progress", {"asOf": next(earlier)}).status_code == 200

    return [
        Timing(
            "progress of the programme with asOf over the API, p95",
            percentile95([once(as_of) for _time in range(times)]),
        ),
        Timing("a page's read of the stored programme cells", fastest(
            lambda: rollups.read(programme, None, dimensions)
        )),
        Timing("public programme page, p95", percentile95([once(lambda: client.get("/")) for _time in range(times)])),
    ]  # fmt: skip


def accepting(people: Any, times: int) -> list[Timing]:
    """From the reviewer's decision until everybody reads the figures that follow from it."""
    from django.test import Client

    from benchmarks import world
    from consortia.models import Consortium, Membership, Role
    from impact import content, ledger, materialise, reporting
    from impact.models import RollUpState

    hip = Consortium.objects.order_by("number")[0]
    Membership.objects.create(user=people.coordinator, role=Role.COORDINATOR, consortium=hip)
    where: Any = {"consortium": hip.slug, "quarter": world.newest_quarter().pk}
    client = Client()
    filled: list[float] = []
    visible: list[float] = []
    stored: list[float] = []
    for number in range(times):
        lines, _problems = content.read(_body(first=1 + number))
        reporting.correct(actor=people.coordinator, reason=f"again {number}", **where)
        fill = partial(reporting.fill, actor=people.coordinator, lines=lines, base=reporting.ANY, **where)
        filled.append(once(fill))
        verdict = reporting.judge(actor=people.coordinator, lines=lines, **where)
        version = reporting.submit(
            actor=people.coordinator, explanations={each.pointer: "bench" for each in verdict.warnings}, **where
        )
        start = time.perf_counter()
        reporting.review(actor=people.reviewer, decision="accept", content_hash=version.content_hash, **where)
        answer = client.get("/api/v1/progress")
        visible.append(time.perf_counter() - start)
        assert answer.json()["seq"] == ledger.newest()
        stored.append(once(materialise.roll_up))
    assert RollUpState.objects.get().seq == ledger.newest()
    return [
        Timing(f"fill of a draft with {_COMPANIES_IN_A_DRAFT} participations, p95", percentile95(filled), 0.3),
        Timing("acceptance until the public progress has it, p95", percentile95(visible), 1.0),
        Timing("storing the roll-ups after it, p95", percentile95(stored), 2.0),
    ]


def reviewing(people: Any, times: int) -> list[Timing]:
    """The newest quarter that ended, when all fifteen wait for a review: its cockpit, and the page of one report.

    At once, and where what follows from what was handed in is kept (`impact.snapshots`), as it is in a portal.
    """
    from django.core.cache import cache
    from django.test import Client, override_settings

    from benchmarks import world
    from consortia.models import Consortium

    quarter = world.newest_quarter()
    world.hand_in_again(quarter, people)
    hip = Consortium.objects.order_by("number")[1]
    pages = {"review cockpit of a quarter": f"/beoordelen?kwartaal={quarter.pk}",
             "page of one report in review": f"/beoordelen/{hip.slug}/{quarter.pk}"}  # fmt: skip
    client = Client()
    client.force_login(people.reviewer)

    def open_page(address: str) -> None:
        assert client.get(address).status_code == 200

    timings = []
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
        for name, address in pages.items():
            open_page(address)  # Templates are read once.
            cache.clear()
            first = once(partial(open_page, address))
            again = percentile95([once(partial(open_page, address)) for _time in range(times)])
            timings += [Timing(f"{name}, with 15 that wait, p95", again, 1.0), Timing("the same, for the first", first)]
    return timings


def _body(first: int) -> dict[str, Any]:
    return {
        "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 12}],
        "participations": [
            {"kvkNumber": f"{number:08}", "name": f"Bedrijf {number}", "organisationType": "company",
             "sizeClass": "small", "actionLine": "innovation", "involvement": "project"}
            for number in range(first, first + _COMPANIES_IN_A_DRAFT)
        ],
        "unidentifiedCompanies": [],
        "headcounts": [],
    }  # fmt: skip


def explaining(people: Any) -> list[Timing]:
    """Lineage of random cells, and whether every one adds up to its number again."""
    from impact import ledger, rollups
    from impact.lineage import Question
    from impact.rollups import Dimensions, Selection

    dimensions = Dimensions.read()
    cells = rollups.exact(Selection(), ledger.resolve(), dimensions)
    chance = random.Random(2026)
    seconds: list[float] = []
    for cell in chance.sample(cells, min(CELLS, len(cells))):
        measures = {
            "value": cell.measures.value, "new": cell.measures.new, "trailingYear": cell.measures.trailing_year,
            "cumulative": cell.measures.cumulative,
        }  # fmt: skip
        measure = chance.choice([name for name, number in measures.items() if number is not None] or ["value"])
        question = Question(cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter, measure)
        seconds.append(_traced(people.manager, question, measures[measure]))
    companies = next(pk for pk, row in dimensions.indicators.items() if row.code == "companies")
    newest = max(cell.quarter for cell in cells if cell.measures.value is not None)
    whole = (None, None, companies, newest)
    largest = next(cell for cell in cells if _key(cell) == whole).measures.cumulative
    question = Question(None, None, companies, newest, "cumulative")
    worst = max(_traced(people.manager, question, largest) for _time in range(3))
    return [
        Timing(f"lineage of {CELLS} random cells that re-add exactly, p95", percentile95(seconds), 0.3),
        Timing("the slowest of them", max(seconds)),
        Timing("lineage of the largest number: all companies of the programme ever, slowest of 3", worst),
    ]


def _key(cell: Any) -> tuple[Any, ...]:
    return cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter


def _traced(user: Any, question: Any, number: Any) -> float:
    """Seconds until the first page of an explanation; afterwards it is read to its end and added up."""
    from impact import ledger, lineage
    from impact.rollups import Dimensions

    start = time.perf_counter()
    dimensions, state = Dimensions.read(), ledger.resolve()
    found = lineage.trace(user, question, dimensions, state=state)
    seconds = time.perf_counter() - start
    assert found.value == number, (question, found.value, number)
    if found.absence is not None:
        return seconds
    if found.counts_organisations:
        assert found.total == found.named + found.not_named == number, (question, found.total, number)
        return seconds
    records: list[Any] = list(found.records)
    page = found
    while page.last is not None:
        page = lineage.trace(user, question, dimensions, state=state, after=page.last)
        records += page.records
    assert len(records) == found.total, (question, len(records), found.total)
    if found.denominator is None:
        assert sum(record.value for record in records) == number, (question, number)
    else:
        assert sum(record.numerator for record in records) == found.numerator, (question, found.numerator)
        assert sum(record.denominator for record in records) == found.denominator, (question, found.denominator)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("companies", type=int)
    parser.add_argument("participations", type=int)
    parser.add_argument("--in-full", action="store_true", help="with everything that is asked of the real size only")
    arguments = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks import world
    from impact import materialise

    people = world.People.make()
    start = time.perf_counter()
    size = world.build(world.Size(arguments.companies, arguments.participations), people)
    timings = [Timing("making the data", time.perf_counter() - start)]
    timings += [*counting(None if arguments.in_full else PLAIN_RATIO), *reading(20 if arguments.in_full else 5)]
    if arguments.in_full:
        limits = {"full roll-up of every measure of every cell, stored": 2.0,
                  "progress of the programme with asOf over the API, p95": 0.5}  # fmt: skip
        for timing in timings:
            timing.limit = limits.get(timing.name)
        timings += [*explaining(people), *accepting(people, 20), *reviewing(people, 10)]
    assert materialise.verify()[1] == []
    json.dump({"size": vars(size), "timings": [vars(timing) for timing in timings]}, sys.stdout)


if __name__ == "__main__":
    main()
