"""Random histories of a small programme, beside the brute-force model: after every step everything is compared.

The steps are what people do. Beside each of them the model says what it means; `check` compares every surface with it:
roll-ups computed and stored, figures, goals, lineage, the replayed feed, vintages, and all of that as of earlier.
Hypothesis chooses the steps and shrinks a history that fails; what a step is about follows from its number.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections, transaction
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from consortia.errors import DomainError
from consortia.models import Organisation, Role
from impact import (
    content,
    definitions,
    drafts,
    effects,
    feed,
    ledger,
    lineage,
    links,
    materialise,
    progress,
    reporting,
    rollups,
    vintages,
)
from impact import programme as office
from impact.leaves import Leaf
from impact.ledger import State
from impact.lineage import Question
from impact.models import EntryKind, Indicator, IndicatorDefinition, Quarter, ReportVersion, Source, Vintage
from impact.models import Goal as GoalRow
from impact.progress import Progress
from impact.rollups import Cell, Dimensions, Selection
from tests import factories
from tests.impact import small_world
from tests.impact.brute_force import ORGANISATIONS, Body, Counts, Definition, Reckoning, Revision
from tests.impact.small_world import HIPS, QUARTERS

MEASURES = ("value", "new", "trailingYear", "cumulative")
PLACES = [(hip, quarter) for quarter in range(len(QUARTERS)) for hip in HIPS]
WEIGHTS = {
    "fill": 5, "submit": 5, "accept": 7, "give_back": 1, "correct": 3, "withdraw": 3,
    "merge": 3, "succeed": 2, "undo": 3, "publish": 2, "close_or_reopen": 2, "define": 1, "revise": 1, "take_part": 1,
    "try_what_cannot_be": 3,
}  # fmt: skip
"""How often each step is taken. One rule takes them all: Hypothesis would leave out half of its rules in a run."""
REDEFINED = ("assignments", "learning-communities", "cofinancing-cash")
STEPS = st.sampled_from([name for name, weight in WEIGHTS.items() for _number in range(weight)])
NUMBERS = st.integers(0, 2**32 - 1)
EXPLANATIONS = {"/participations": "klopt"}


@dataclass
class Report:
    """What the model knows of a report: the open version, and how it stands."""

    versions: list[Body] = field(default_factory=list)
    status: str = "notStarted"
    has_counted: bool = False
    may_change: frozenset[str] | None = None
    """The sections that a reviewer returned; None: everything."""

    def held_to_it(self, body: Body) -> Body:
        """The body with the sections that are fixed as they were handed in."""
        if self.may_change is None:
            return body
        fixed = {section: rows for section, rows in self.versions[-1].items() if section not in self.may_change}
        return {**body, **fixed}


@dataclass
class Snapshot:
    """What everything was when this was the newest entry."""

    cells: list[Cell]
    leaves: list[Leaf]
    progress: list[Progress]
    reckoning: Reckoning


class Proof(RuleBasedStateMachine):
    """One history. Each is a transaction of its own that is rolled back at its end."""

    runs = 0

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.dimensions = Dimensions.read()
        self.reviewer = factories.user(Role.REVIEWER)
        self.manager = factories.user(Role.MANAGER)
        self.coordinators = {hip: factories.user(Role.COORDINATOR, hip) for hip in HIPS}
        self.world = small_world.model()
        self.reports = {place: Report() for place in PLACES}
        self.listed: set[str] = set()
        """The register: what any version named that was ever accepted."""
        self.laid: dict[int, str] = {}
        """The links that stand: by the seq of their entry the organisation that is linked."""
        self.published: dict[int, tuple[str, str]] = {}
        self.snapshots: dict[int, Snapshot] = {}
        self.copy: list[Leaf] = []
        self.copied = 0
        self.contents: dict[tuple[str, int, int], list[str]] = {}
        self.seq = ledger.newest()
        self.random = Random(0)
        self.hips = {row.slug: pk for pk, row in self.dimensions.consortia.items()}
        self.lines: dict[str | None, int | None] = {row.code: pk for pk, row in self.dimensions.action_lines.items()}
        self.lines[None] = None
        self.indicators = {row.code: pk for pk, row in self.dimensions.indicators.items()}

    def teardown(self) -> None:
        try:
            if self.snapshots:
                self.every_vintage_stays()
                assert materialise.verify() == (self.seq, [])
            connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)
        Proof.runs += 1
        if Proof.runs % 5 == 0:
            # What was rolled back stays in the tables as dead rows until somebody sweeps.
            with connections["owner"].cursor() as cursor:
                cursor.execute("VACUUM impact_rollup, impact_rollupstate")

    @initialize(number=NUMBERS, reports=st.integers(0, 7))
    def begin(self, number: int, reports: int) -> None:
        self.random = Random(number)
        for place in self.random.sample(PLACES, reports):
            if self.may_be_filled(place):
                self.do_fill(place, small_world.any_body(self.random))
                self.do_submit(place)
                self.do_review(place, "accept")
        self.check()

    @rule(step=STEPS, number=NUMBERS)
    def take(self, step: str, number: int) -> None:
        """Take this step, or where it is not possible the first one that is, towards a figure that counts."""
        for name in (step, "accept", "submit", "fill", "try_what_cannot_be"):
            if getattr(self, name)(Random(number)):
                note(name)
                return

    # --- what the HIPs and the reviewer do

    def may_be_filled(self, place: tuple[str, int]) -> bool:
        possible = ("notStarted", "draft", "returned", "withdrawn")
        return self.takes_new_reports(place) and self.reports[place].status in possible

    def takes_new_reports(self, place: tuple[str, int]) -> bool:
        return place[1] not in self.world.closed or self.reports[place].has_counted

    def places(self, status: str) -> list[tuple[str, int]]:
        return [place for place, report in self.reports.items() if report.status == status]

    def where(self, place: tuple[str, int]) -> dict[str, str]:
        return {"consortium": place[0], "quarter": QUARTERS[place[1]]}

    def do_fill(self, place: tuple[str, int], body: Body) -> None:
        reporting.fill(actor=self.coordinators[place[0]], lines=lines_of(body), base=reporting.ANY, **self.where(place))
        report = self.reports[place]
        if report.status == "draft":
            report.versions[-1] = body
        else:
            report.versions.append(body)
        report.status = "draft"

    def do_submit(self, place: tuple[str, int]) -> ReportVersion:
        version = reporting.submit(actor=self.coordinators[place[0]], explanations=EXPLANATIONS, **self.where(place))
        self.reports[place].status = "submitted"
        return version

    def do_review(self, place: tuple[str, int], decision: str, may_change: frozenset[str] | None = None) -> None:
        version = self.submitted(place)
        reporting.review(
            actor=self.reviewer,
            decision=decision,
            content_hash=version.content_hash,
            remarks=[{"pointer": f"/{section}", "comment": "kijk hier"} for section in sorted(may_change or ())],
            **self.where(place),
        )
        report = self.reports[place]
        report.may_change = may_change
        if decision == "return":
            report.status = "returned"
            return
        self.seq += 1
        report.status, report.has_counted = "accepted", True
        self.world.counting[place] = Counts(report.versions[-1], len(report.versions), self.seq)
        self.listed |= {row.get("kvkNumber") or row["institutionCode"] for row in report.versions[-1]["participations"]}

    def submitted(self, place: tuple[str, int]) -> ReportVersion:
        hip, quarter = place
        return ReportVersion.objects.select_related("report__quarter").get(
            report__consortium__slug=hip, report__quarter__index=quarter, status="submitted"
        )

    def fill(self, chance: Random) -> bool:
        places = [place for place in PLACES if self.may_be_filled(place)]
        if not places:
            return False
        place = chance.choice(places)
        self.do_fill(place, self.reports[place].held_to_it(small_world.any_body(chance)))
        self.check()
        return True

    def submit(self, chance: Random) -> bool:
        places = [place for place in self.places("draft") if self.takes_new_reports(place)]
        if not places:
            return False
        self.do_submit(chance.choice(places))
        self.check()
        return True

    def accept(self, chance: Random) -> bool:
        places = self.places("submitted")
        if not places:
            return False
        place = chance.choice(places)
        version = self.submitted(place)
        preview = effects.of_version(version.report, version, ledger.resolve(), self.dimensions)
        with self.changing_exactly(preview):
            self.do_review(place, "accept")
            self.check()
        return True

    def give_back(self, chance: Random) -> bool:
        places = self.places("submitted")
        if not places:
            return False
        # Figures always, for what an indicator means may change meanwhile.
        others = chance.sample(("participations", "unidentifiedCompanies", "headcounts"), chance.randint(0, 2))
        may_change = frozenset(("figures", *others)) if chance.random() < 0.5 else None
        self.do_review(chance.choice(places), "return", may_change)
        self.check()
        return True

    def correct(self, chance: Random) -> bool:
        places = self.places("accepted")
        if not places:
            return False
        place = chance.choice(places)
        reporting.correct(actor=self.coordinators[place[0]], reason="beter geteld", **self.where(place))
        report = self.reports[place]
        report.versions.append(report.versions[-1])
        report.status = "draft"
        if chance.random() < 0.7:
            self.do_fill(place, small_world.any_body(chance))
        self.check()
        return True

    def withdraw(self, chance: Random) -> bool:
        if not self.world.counting:
            return False
        place = chance.choice(sorted(self.world.counting))
        reporting.withdraw(actor=self.manager, reason="dubbel ingediend", **self.where(place))
        self.seq += 1
        del self.world.counting[place]
        report = self.reports[place]
        # An open version is not touched by it.
        if report.status in ("accepted", "returned"):
            report.status, report.may_change = "withdrawn", None
        self.check()
        return True

    # --- what the office does

    def may_be_linked(self, source: str, target: str) -> bool:
        if source in self.world.links:
            return False
        while target in self.world.links:
            target = self.world.links[target]
        return source != target

    def pairs(self) -> list[tuple[str, str]]:
        known = sorted(self.listed)
        return [(source, target) for source in known for target in known if self.may_be_linked(source, target)]

    def do_link(self, kind: str, source: str, target: str) -> None:
        sides = {row.identifier: row for row in Organisation.objects.all()}
        given = {"kind": kind, "source": sides[source].pk, "target": sides[target].pk, "reason": "hetzelfde bedrijf"}
        state = ledger.resolve()
        asked = links.judge(links=state.links, **given)
        with self.changing_exactly(links.effect_of_link(asked, state, self.dimensions)):
            entry = links.link(actor=self.manager, **given)
            self.seq += 1
            self.world.links[source] = target
            self.laid[entry.seq] = source
            self.check()

    def merge(self, chance: Random) -> bool:
        return self.link_two("merge", chance)

    def succeed(self, chance: Random) -> bool:
        return self.link_two("succession", chance)

    def link_two(self, kind: str, chance: Random) -> bool:
        pairs = self.pairs()
        if not pairs:
            return False
        self.do_link(kind, *chance.choice(pairs))
        return True

    def undo(self, chance: Random) -> bool:
        if not self.laid:
            return False
        seq = chance.choice(sorted(self.laid))
        state = ledger.resolve()
        link = next(each for each in state.links.values() if each.seq == seq)
        with self.changing_exactly(links.effect_of_undo(link, state, self.dimensions)):
            links.undo(actor=self.manager, seq=seq, reason="toch niet")
            self.seq += 1
            del self.world.links[self.laid.pop(seq)]
            self.check()
        return True

    def publish(self, chance: Random) -> bool:
        vintage = vintages.publish(actor=self.manager)
        assert vintage.entry_id == self.seq
        self.published[vintage.pk] = (vintage.sha256, vintage.sha256_full)
        self.check()
        return True

    def close_or_reopen(self, chance: Random) -> bool:
        quarter = chance.randrange(len(QUARTERS))
        row = Quarter.objects.get(index=quarter)
        if quarter in self.world.closed:
            office.reopen_quarter(actor=self.manager, quarter=row, reason="toch niet klaar")
            self.world.closed.remove(quarter)
        else:
            office.close_quarter(actor=self.manager, quarter=row, reason="klaar")
            self.world.closed.add(quarter)
        self.seq += 1
        self.check()
        return True

    def define(self, chance: Random) -> bool:
        """Another meaning from a quarter on, and perhaps another way of adding up."""
        code = chance.choice(REDEFINED)
        quarters = [quarter for quarter in range(len(QUARTERS)) if self.may_begin(code, quarter)]
        if not quarters:
            return False
        since, kind = chance.choice(quarters), chance.choice(("flow", "stock"))
        by_line = code != "cofinancing-cash"
        # An amount stays one: else the cents of later drafts would be refused.
        unit = f"{code} as of {self.seq}" if by_line else "euro"
        supposed = IndicatorDefinition(
            indicator=Indicator.objects.get(code=code),
            from_quarter=self.dimensions.quarters[since],
            kind=kind,
            unit=unit,
            source=Source.ENTERED,
            by_action_line=by_line,
        )
        preview = definitions.outlook(supposed, ledger.resolve(), self.dimensions).effect
        with self.changing_exactly(preview):
            self.do_define(code, since, kind, unit)
            self.seq += 1
            others = [each for each in self.world.definitions[code] if each.since != since]
            defined = [*others, Definition(since, kind, by_line, unit)]
            self.world.definitions = {**self.world.definitions, code: defined}
            self.check()
        return True

    def do_define(self, code: str, since: int, kind: str, unit: str) -> None:
        row = Indicator.objects.get(code=code)
        by_line = code != "cofinancing-cash"
        small_world.define(row, QUARTERS[since], actor=self.manager, kind=kind, unit=unit, by_action_line=by_line)

    def may_begin(self, code: str, since: int) -> bool:
        """A new meaning only where nothing was handed in, or counts, under another one."""
        until = min((each.since for each in self.world.definitions[code] if each.since > since), default=len(QUARTERS))
        bodies = [(place, counts.body) for place, counts in self.world.counting.items()]
        bodies += [(place, self.reports[place].versions[-1]) for place in self.places("submitted")]
        return not any(
            since <= quarter < until and any(row["indicator"] == code for row in body["figures"])
            for (_hip, quarter), body in bodies
        )

    def revise(self, chance: Random) -> bool:
        code, *_more = chance.choice(small_world.GOALS)
        revision = Revision(
            baseline=chance.choice((None, Decimal(0), Decimal(7), Decimal("12.50"))),
            baseline_date=chance.choice((date(2023, 12, 31), date(2024, 3, 31), date(2024, 5, 1))),
            target=chance.choice((None, Decimal(0), Decimal(7), Decimal(60), Decimal("133.33"))),
            target_date=chance.choice((date(2024, 9, 30), date(2025, 3, 31), date(2027, 9, 30))),
        )
        small_world.revise(GoalRow.objects.get(code=code), revision, actor=self.manager)
        self.seq += 1
        goal = self.world.goals[code]
        goal.revisions = [*goal.revisions, revision]
        self.check()
        return True

    def take_part(self, chance: Random) -> bool:
        hip, last = chance.choice(list(HIPS)), chance.choice((None, date(2024, 8, 15), date(2024, 9, 30)))
        row = self.dimensions.consortia[self.hips[hip]]
        office.set_participation(actor=self.manager, consortium=row, start_date=HIPS[hip], end_date=last, reason="x")
        self.seq += 1
        self.world.takes_part[hip] = (HIPS[hip], last)
        self.check()
        return True

    # --- what is refused

    def try_what_cannot_be(self, chance: Random) -> bool:
        name, job = chance.choice(list(self.what_cannot_be(chance)))
        note(name)
        before = fingerprint()
        try:
            job()
        except DomainError:
            pass
        else:
            raise AssertionError(f"{name} was not refused")
        assert fingerprint() == before
        self.check()
        return True

    def what_cannot_be(self, chance: Random) -> Iterator[tuple[str, Callable[[], Any]]]:
        place = chance.choice(PLACES)
        where, report = self.where(place), self.reports[place]
        coordinator, other = self.coordinators[place[0]], self.coordinators["alfa" if place[0] != "alfa" else "beta"]
        lines = lines_of(small_world.any_body(chance))
        wrong = lines_of(
            {
                "figures": [{"indicator": "companies", "actionLine": "talent", "value": 3}],
                "participations": [],
                "unidentifiedCompanies": [],
                "headcounts": [
                    {"group": "students", "category": "", "actionLine": "talent", "headcount": 1, "firstTime": 2}
                ],
            }
        )  # fmt: skip
        if not self.may_be_filled(place):
            yield "fill", lambda: reporting.fill(actor=coordinator, lines=lines, base=reporting.ANY, **where)
        else:
            yield "fill wrong", lambda: reporting.fill(actor=coordinator, lines=wrong, base=reporting.ANY, **where)
            if report.may_change is not None:
                section = chance.choice(sorted({*report.versions[-1]} - report.may_change))
                changed = {**report.versions[-1], section: another(section, report.versions[-1][section])}
                given = {"actor": coordinator, "lines": lines_of(changed), "base": reporting.ANY, **where}
                yield "fill fixed", lambda: reporting.fill(**given)
            yield "fill stale", lambda: reporting.fill(actor=coordinator, lines=lines, base='"another"', **where)
        yield "fill elsewhere", lambda: reporting.fill(actor=other, lines=lines, base=reporting.ANY, **where)
        if report.status != "draft":
            yield "submit", lambda: reporting.submit(actor=coordinator, explanations=EXPLANATIONS, **where)
        if report.status == "submitted":
            of = {"decision": "accept", "content_hash": self.submitted(place).content_hash}
            yield "accept one's own", lambda: reporting.review(actor=coordinator, **of, **where)
            yield "accept as manager", lambda: reporting.review(actor=self.manager, **of, **where)
            stale = {"decision": "accept", "content_hash": "0" * 64}
            yield "accept something else", lambda: reporting.review(actor=self.reviewer, **stale, **where)
        else:
            of = {"decision": "accept", "content_hash": "0" * 64}
            yield "accept", lambda: reporting.review(actor=self.reviewer, **of, **where)
        if report.status != "accepted":
            yield "correct", lambda: reporting.correct(actor=coordinator, reason="beter geteld", **where)
        if place not in self.world.counting:
            yield "withdraw", lambda: reporting.withdraw(actor=self.manager, reason="dubbel", **where)
        else:
            yield "withdraw as HIP", lambda: reporting.withdraw(actor=coordinator, reason="dubbel", **where)
            yield "withdraw without reason", lambda: reporting.withdraw(actor=self.manager, reason=" ", **where)
        yield from self.what_cannot_be_linked(chance)
        quarter = Quarter.objects.get(index=place[1])
        if place[1] in self.world.closed:
            yield "close", lambda: office.close_quarter(actor=self.manager, quarter=quarter, reason="klaar")
        else:
            yield "reopen", lambda: office.reopen_quarter(actor=self.manager, quarter=quarter, reason="toch niet")
        for code in REDEFINED:
            if not self.may_begin(code, place[1]):
                yield "define", lambda code=code: self.do_define(code, place[1], "flow", "another")
        yield "publish as reviewer", lambda: vintages.publish(actor=self.reviewer)
        if self.published:
            code = Vintage.objects.order_by("pk").values_list("code", flat=True)[0]
            yield "publish again", lambda: vintages.publish(actor=self.manager, code=code)

    def what_cannot_be_linked(self, chance: Random) -> Iterator[tuple[str, Callable[[], Any]]]:
        known = {row.identifier: row.pk for row in Organisation.objects.all()}
        names = sorted(known)
        right = self.pairs()
        wrong = [(first, second) for first in names for second in names if (first, second) not in right]
        if wrong:
            first, second = chance.choice(wrong)
            sides = {"kind": "merge", "source": known[first], "target": known[second]}
            yield f"link {first} {second}", lambda: links.link(actor=self.manager, reason="zelfde", **sides)
        if right:
            first, second = chance.choice(right)
            sides_ = {"kind": "merge", "source": known[first], "target": known[second]}
            yield "link as coordinator", lambda: links.link(actor=self.coordinators["alfa"], reason="zelfde", **sides_)
            yield "link without reason", lambda: links.link(actor=self.manager, reason="", **sides_)
        no_link = chance.choice([seq for seq in range(1, self.seq + 2) if seq not in self.laid])
        yield f"undo {no_link}", lambda: links.undo(actor=self.manager, seq=no_link, reason="toch niet")

    # --- what has to hold after every step

    def check(self) -> None:
        """Everything that anybody can read is what the model says."""
        assert ledger.newest() == self.seq
        has_moved = self.seq not in self.snapshots
        state = ledger.resolve()
        if has_moved:
            self.reckoning = Reckoning(self.frozen_world())
        now = Snapshot(
            cells=rollups.compute(Selection(), state, self.dimensions),
            leaves=rollups.read_leaves(Selection(), self.manager, self.dimensions, state=state),
            progress=progress.read(self.manager, self.dimensions, state=state),
            reckoning=self.reckoning,
        )
        if has_moved:
            self.roll_ups_are_those_of_the_model(now)
            self.figures_are_those_of_the_model(now)
            self.goals_are_those_of_the_model(now)
            self.snapshots[self.seq] = now
            self.what_is_stored_is_what_is_computed(now, state)
            self.the_replayed_feed_is_the_full_pull(now, state)
            self.the_replayed_organisations_are_those_of_the_model()
        else:
            # What no entry says changes nothing.
            self.nothing_differs(now, self.snapshots[self.seq])
        self.lineage_adds_up(now, state)
        self.the_past_stays()

    def frozen_world(self) -> Any:
        world = self.world
        return replace(
            world,
            closed=set(world.closed),
            counting=dict(world.counting),
            links=dict(world.links),
            takes_part=dict(world.takes_part),
            goals={code: replace(goal) for code, goal in world.goals.items()},
        )

    def roll_ups_are_those_of_the_model(self, now: Snapshot) -> None:
        scopes = [None, *HIPS]
        assert len(now.cells) == len(scopes) * 4 * len(self.indicators) * len(QUARTERS)
        for cell in now.cells:
            hip, line, code = self.names_of(cell)
            assert as_dict(cell) == now.reckoning.cell(hip, line, code, cell.quarter), (hip, line, code, cell.quarter)

    def names_of(self, cell: Cell) -> tuple[str | None, str | None, str]:
        hip, line = cell.consortium_id, cell.action_line_id
        return (
            None if hip is None else self.dimensions.consortia[hip].slug,
            None if line is None else self.dimensions.action_lines[line].code,
            self.dimensions.indicators[cell.indicator_id].code,
        )

    def figures_are_those_of_the_model(self, now: Snapshot) -> None:
        found = [
            {
                "consortium": self.dimensions.consortia[leaf.consortium_id].slug,
                "quarter": leaf.quarter,
                "actionLine": leaf.action_line_id and self.dimensions.action_lines[leaf.action_line_id].code,
                "indicator": self.dimensions.indicators[leaf.indicator_id].code,
                "value": leaf.value,
                "numerator": leaf.numerator,
                "denominator": leaf.denominator,
                "unit": leaf.unit,
                "version": leaf.version_number,
                "seq": leaf.seq,
            }
            for leaf in now.leaves
        ]
        assert in_order(found) == in_order(now.reckoning.figures())

    def goals_are_those_of_the_model(self, now: Snapshot) -> None:
        assert {row.goal.code for row in now.progress} == set(self.world.goals)
        for row in now.progress:
            assert progress_as_dict(row) == now.reckoning.progress(row.goal.code), row.goal.code

    def what_is_stored_is_what_is_computed(self, now: Snapshot, state: State) -> None:
        assert materialise.roll_up() == self.seq
        assert rollups.read(Selection(), self.manager, self.dimensions, state=state) == now.cells
        if self.random.random() < 0.25:
            assert materialise.verify() == (self.seq, [])

    def the_replayed_feed_is_the_full_pull(self, now: Snapshot, state: State) -> None:
        self.copy = self.replayed(self.manager, self.copied, self.copy, state)
        self.copied = self.seq
        assert key_of_leaves(self.copy) == key_of_leaves(now.leaves)
        if self.random.random() < 0.1:
            whole = self.replayed(self.manager, 0, [], state)
            assert key_of_leaves(whole) == key_of_leaves(now.leaves)
            public = rollups.read_leaves(Selection(), AnonymousUser(), self.dimensions, state=state)
            assert key_of_leaves(self.replayed(AnonymousUser(), 0, [], state)) == key_of_leaves(public)

    def replayed(self, user: Any, after: int, rows: list[Leaf], state: State) -> list[Leaf]:
        """The rule of docs/feed.md, entry by entry."""
        changes = feed.read(user, after=after, upto=self.seq, size=self.seq)
        assert [change.seq for change in changes] == list(range(after + 1, self.seq + 1))
        index = {row.pk: place for place, row in self.dimensions.quarters.items()}
        # An entry with the filters of an earlier one has the same answer.
        for each in dict.fromkeys(change.replaces for change in changes if change.replaces):
            if each.indicator is not None:
                indicator, first = self.indicators[each.indicator], index[each.period_from or ""]
                selection = Selection(indicators=[indicator], quarters=range(first, len(QUARTERS)))
                rows = [row for row in rows if not (row.indicator_id == indicator and row.quarter >= first)]
            else:
                hip, quarter = self.hips[each.consortium or ""], index[each.period or ""]
                selection = Selection(consortia=[hip], quarters=[quarter])
                rows = [row for row in rows if (row.consortium_id, row.quarter) != (hip, quarter)]
            rows += rollups.read_leaves(selection, user, self.dimensions, state=state)
        return rows

    def the_replayed_organisations_are_those_of_the_model(self) -> None:
        """From the feed, the versions that it names and its links alone."""
        counting: dict[tuple[str, str], int] = {}
        linked: dict[int, tuple[str, str]] = {}
        for change in feed.read(self.manager, after=0, upto=self.seq, size=self.seq):
            match change.kind:
                case EntryKind.COUNTS:
                    counting[change.consortium or "", change.period or ""] = change.version or 0
                case EntryKind.WITHDRAWN:
                    del counting[change.consortium or "", change.period or ""]
                case EntryKind.MERGE | EntryKind.SUCCESSION:
                    assert change.link
                    linked[change.seq] = (change.link.source.identifier, change.link.target.identifier)
                case EntryKind.UNDO:
                    del linked[change.undoes or 0]
        counts_as = dict(linked.values())
        for quarter, period in enumerate(QUARTERS):
            found = set()
            for (hip, at), number in counting.items():
                if at == period:
                    for reported in self.partners_in(hip, quarter, number):
                        organisation = reported
                        while organisation in counts_as:
                            organisation = counts_as[organisation]
                        found.add(organisation)
            assert found == self.reckoning.organisations(None, None, "partners", [quarter])

    def partners_in(self, hip: str, quarter: int, number: int) -> list[str]:
        """What a version that was submitted says never changes, so it is read once."""
        key = (hip, quarter, number)
        if key not in self.contents:
            version = ReportVersion.objects.get(
                report__consortium__slug=hip, report__quarter__index=quarter, number=number
            )
            rows = content.write(drafts.lines_of(version))["participations"]
            self.contents[key] = [row.get("kvkNumber") or row["institutionCode"] for row in rows]
        return self.contents[key]

    def nothing_differs(self, now: Snapshot, then: Snapshot) -> None:
        assert now.cells == then.cells
        assert now.leaves == then.leaves
        assert now.progress == then.progress

    def lineage_adds_up(self, at: Snapshot, state: State) -> None:
        for cell in self.random.sample(at.cells, 2):
            hip, line, code = self.names_of(cell)
            measure = self.random.choice(MEASURES)
            question = Question(cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter, measure)
            expected = at.reckoning.cell(hip, line, code, cell.quarter)[measure]
            windows = at.reckoning.windows(code, cell.quarter)
            found = self.whole_lineage(question, state)
            first, records = found
            assert first.value == expected
            if code in ORGANISATIONS:
                quarters = windows["value" if measure == "new" else measure]
                organisations = at.reckoning.organisations(hip, line, code, quarters)
                if measure == "new":
                    organisations = at.reckoning.newcomers(hip, line, code, cell.quarter)
                assert first.total == first.named == (expected or 0)
                if expected is not None:
                    assert {record.kvk_number or record.institution_code for record in records} == organisations
                    assert len(records) == len(organisations)
            elif expected is not None:
                if first.numerator is not None:
                    assert sum(record.numerator for record in records) == first.numerator
                    assert sum(record.denominator for record in records) == first.denominator
                else:
                    assert sum(record.value for record in records) == expected
                of_model = {
                    (each, quarter)
                    for quarter in windows[measure]
                    for each in at.reckoning.reported(hip, line, code, quarter)
                }
                assert {
                    (self.dimensions.consortia[part.counting.consortium_id].slug, part.counting.quarter)
                    for part in first.versions
                } == of_model

    def whole_lineage(self, question: Question, state: State) -> tuple[Any, list[Any]]:
        """In pages of three."""
        first = found = lineage.trace(self.manager, question, self.dimensions, state=state, size=3)
        records = list(found.records)
        while found.last is not None:
            found = lineage.trace(self.manager, question, self.dimensions, state=state, size=3, after=found.last)
            records += found.records
        return first, records

    def the_past_stays(self) -> None:
        seq = self.random.choice(sorted(self.snapshots))
        then, state = self.snapshots[seq], ledger.resolve(seq)
        assert rollups.compute(Selection(), state, self.dimensions) == then.cells
        assert rollups.read_leaves(Selection(), self.manager, self.dimensions, state=state) == then.leaves
        assert progress.read(self.manager, self.dimensions, state=state) == then.progress
        self.lineage_adds_up(then, state)
        if self.published and self.random.random() < 0.2:
            self.vintage_stays(self.random.choice(sorted(self.published)))

    def vintage_stays(self, pk: int) -> None:
        vintage = Vintage.objects.select_related("last_quarter").get(pk=pk)
        assert (vintage.sha256, vintage.sha256_full) == self.published[pk]
        assert vintages.verify(vintage) == []

    def every_vintage_stays(self) -> None:
        for pk in self.published:
            self.vintage_stays(pk)

    @contextmanager
    def changing_exactly(self, preview: effects.Effect) -> Iterator[None]:
        """The preview says what the step does: to every cell and to every goal."""
        before = self.snapshots[self.seq]
        yield
        after = self.snapshots[self.seq]
        cells = [(old, new) for old, new in zip(before.cells, after.cells, strict=True) if old != new]
        assert [(change.before, change.after) for change in preview.cells] == cells
        goals = [(old, new) for old, new in zip(before.progress, after.progress, strict=True) if old != new]
        assert [(change.before, change.after) for change in preview.goals] == goals


def another(section: str, rows: list[Any]) -> list[Any]:
    """Rows of a section that say something else."""
    if rows:
        return rows[1:]
    return {
        "participations": [
            {"kvkNumber": "00000099", "organisationType": "company", "actionLine": "talent", "involvement": "project"}
        ],
        "unidentifiedCompanies": [{"actionLine": "talent", "count": 1}],
        "headcounts": [{"group": "teachers", "actionLine": "talent", "headcount": 1, "firstTime": 0}],
    }[section]


def lines_of(body: Body) -> list[Any]:
    lines, problems = content.read(json.loads(json.dumps(body), parse_float=Decimal, parse_int=Decimal))
    assert not problems
    return lines


def as_dict(cell: Cell) -> dict[str, Any]:
    """With the API's keys."""
    assert cell.coverage is not None
    measures, coverage = cell.measures, cell.coverage
    return {
        "value": measures.value,
        "new": measures.new,
        "trailingYear": measures.trailing_year,
        "cumulative": measures.cumulative,
        "low": cell.low,
        "high": cell.high,
        "numerator": measures.numerator,
        "denominator": measures.denominator,
        "reported": coverage.reported,
        "expected": coverage.expected,
        "trailingYearReported": coverage.trailing_year_reported,
        "trailingYearExpected": coverage.trailing_year_expected,
        "status": "final" if cell.is_final else "provisional",
        "break": cell.is_break,
    }


def progress_as_dict(row: Progress) -> dict[str, Any]:
    """With the API's keys."""

    def point(each: Any) -> Any:
        return each and {
            "quarter": each.quarter,
            "value": each.value,
            "planned": each.planned,
            "reported": each.reported,
            "expected": each.expected,
            "status": "final" if each.is_final else "provisional",
            "break": each.is_break,
        }

    return {
        "series": [point(each) for each in row.series],
        "latest": point(row.latest),
        "latestFinal": point(row.latest_final),
        "shareOfGrowth": row.share_of_growth,
        "shareOfTarget": row.share_of_target,
        "shareOfOriginalGrowth": row.share_of_original_growth,
        "shareOfOriginalTarget": row.share_of_original_target,
        "neededPerQuarter": row.needed_per_quarter,
        "atCurrentPace": row.at_current_pace,
    }


def in_order(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["consortium"], row["quarter"], row["indicator"], row["actionLine"] or ""))


def key_of_leaves(leaves: list[Leaf]) -> list[Leaf]:
    return sorted(
        leaves, key=lambda leaf: (leaf.consortium_id, leaf.quarter, leaf.indicator_id, leaf.action_line_id or 0)
    )


def fingerprint() -> tuple[Any, ...]:
    """Differs when any command has left something behind."""
    tables = (
        "quarterlyreport", "reportversion", "figure", "participation", "headcount", "reportevent", "ledgerentry",
        "versionauthor", "outboxmessage", "vintage", "indicatordefinition",
    )  # fmt: skip
    counts = ", ".join(f"(SELECT count(*) FROM impact_{table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {counts}, (SELECT sum(revision) FROM impact_quarterlyreport), "
            "(SELECT count(*) FROM consortia_organisation), "
            "(SELECT string_agg(status || content_hash, '' ORDER BY id) FROM impact_reportversion)"
        )
        return tuple(cursor.fetchone())
