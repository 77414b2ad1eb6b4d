"""`make bench [ARGS="--companies 30000 --participations 400000"]`: on a throw-away database."""

import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Timing:
    """Seconds, and for what is compared the ratio to a reference in the same run."""

    name: str
    seconds: float
    limit: float | None = None
    ratio: float | None = None
    against: str = ""


def fastest(work: Callable[[], Any], *, times: int = 3) -> float:
    return min(_once(work) for _time in range(times))


def percentile95(work: Callable[[], Any], *, times: int = 20) -> float:
    return statistics.quantiles([_once(work) for _time in range(times)], n=20)[-1]


def _once(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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


def measure(size: Any) -> tuple[Any, list[Timing]]:
    from django.db import connection
    from django.test import Client

    from benchmarks import world
    from consortia.models import Consortium, Membership, Role
    from impact import content, distinct, ledger, materialise, progress, reporting, rollups
    from impact.measures import Window
    from impact.models import Indicator, RollUpState
    from impact.rollups import Dimensions, Selection

    people = world.People.make()
    start = time.perf_counter()
    real = world.build(size, people)
    timings = [Timing("making the data", time.perf_counter() - start)]
    hip = Consortium.objects.order_by("number")[0]
    Membership.objects.create(user=people.coordinator, role=Role.COORDINATOR, consortium=hip)
    dimensions = Dimensions.read()

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(PLAIN)
            cursor.fetchall()

    state = ledger.resolve()
    asked = [
        distinct.Asked(row.pk, definition[1].rule, Window(quarter))
        for row in Indicator.objects.filter(code__in=["companies", "companies-sme", "partners"])
        for quarter in dimensions.quarters
        if (definition := state.definition(row.pk, quarter))
    ]
    shapes = [(True, True), (True, False), (False, True), (False, False)]
    reference = fastest(plain)
    counts = fastest(lambda: distinct.count(state, asked, shapes))
    timings += [
        Timing("plain COUNT(DISTINCT) of the quarters' values", reference),
        Timing("distinct counts, all measures, three indicators", counts, None, counts / reference, "plain"),
    ]
    whole = fastest(lambda: materialise.roll_up(again=True))
    timings.append(Timing("full roll-up of every measure of every cell, stored", whole, 2.0))
    timings.append(
        Timing("a page's read of the stored programme cells", fastest(
            lambda: rollups.read(Selection(consortia=[None], action_lines=[None]), people.manager, dimensions)
        ))
    )  # fmt: skip
    earlier = ledger.newest() - 1
    timings.append(
        Timing("progress as of an earlier seq", percentile95(
            lambda: progress.read(None, dimensions, state=ledger.resolve(earlier)), times=10
        ), 0.5)
    )  # fmt: skip

    body = {
        "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 12}],
        "participations": [
            {"kvkNumber": f"{number:08}", "name": f"Bedrijf {number}", "organisationType": "company",
             "sizeClass": "small", "actionLine": "innovation", "involvement": "project"}
            for number in range(1, 601)
        ],
        "unidentifiedCompanies": [],
        "headcounts": [],
    }  # fmt: skip
    lines, _problems = content.read(body)
    period = world.newest_quarter().pk
    where = {"consortium": hip.slug, "quarter": period}
    visible: list[float] = []
    stored: list[float] = []
    for number in range(5):
        reporting.correct(actor=people.coordinator, reason=f"again {number}", **where)
        filled = _once(lambda: reporting.fill(actor=people.coordinator, lines=lines, base=reporting.ANY, **where))
        verdict = reporting.judge(actor=people.coordinator, lines=lines, **where)
        version = reporting.submit(
            actor=people.coordinator, explanations={each.pointer: "bench" for each in verdict.warnings}, **where
        )
        start = time.perf_counter()
        reporting.review(actor=people.reviewer, decision="accept", content_hash=version.content_hash, **where)
        progress.read(None, dimensions)
        visible.append(time.perf_counter() - start)
        stored.append(_once(materialise.roll_up))
    assert RollUpState.objects.get().seq == ledger.newest()
    timings.append(Timing("fill of a draft with 600 participations", filled, 0.3))
    timings.append(Timing("acceptance until the public progress has it (slowest of 5)", max(visible), 1.0))
    timings.append(Timing("storing the roll-ups after it (slowest of 5)", max(stored), 2.0))
    client = Client()
    client.get("/")  # Templates are read once.
    timings.append(Timing("public programme page", percentile95(lambda: client.get("/"), times=10)))
    assert materialise.verify()[1] == []
    return real, timings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=30_000)
    parser.add_argument("--participations", type=int, default=400_000)
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    arguments = parser.parse_args()

    from ptvt_portal.local.home import Home
    from ptvt_portal.local.postgres import THROW_AWAY, Postgres

    folder = Path(tempfile.mkdtemp(prefix="ptvt-bench-"))
    folder.chmod(0o711)
    home = Home(folder.resolve() / "home")
    home.prepare()
    (home.root / "static").mkdir()
    postgres = Postgres(home, options=THROW_AWAY)
    try:
        postgres.start()
        os.environ |= {
            "ENVIRONMENT": "test",
            "DATABASE_URL": home.database_url,
            "DATABASE_OWNER_URL": home.database_owner_url,
            "REDIS_URL": "unix:///nowhere.sock?db=0",
            "DJANGO_SETTINGS_MODULE": "ptvt_portal.settings",
            "PORTAL_HOME": str(home.root),
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from benchmarks.world import Size

        real, timings = measure(Size(arguments.companies, arguments.participations))
    finally:
        postgres.stop()
        home.discard()
        shutil.rmtree(folder, ignore_errors=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result = {
        "companies": real.companies,
        "participations": real.participations,
        "peakMemoryMb": memory,
        "timings": [vars(timing) for timing in timings],
    }
    arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{real.companies} companies, {real.participations} participations, peak memory {memory} MB")
    for timing in timings:
        limit = "" if timing.limit is None else f"  (at most {timing.limit:g} s)"
        ratio = "" if timing.ratio is None else f"  {timing.ratio:.2f} × {timing.against}"
        print(f"{timing.seconds:9.3f} s  {timing.name}{ratio}{limit}")
    if any(timing.limit is not None and timing.seconds > timing.limit for timing in timings):
        sys.exit("slower than it should be")


if __name__ == "__main__":
    main()
