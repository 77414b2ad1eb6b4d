"""What was handed in over time: the history in words, two versions side by side, and who may see which."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from consortia.models import Consortium, Role, User
from impact import edits, reporting
from impact.forms import comparing
from impact.forms.comparing import Change
from impact.forms.places import label_at
from impact.forms.questions import Questions
from impact.models import Extension, Quarter, QuarterlyReport, ReportVersion, VersionStatus
from impact.submission import FigureLine, Line
from tests import factories
from tests.factories import company, figure, headcount, unidentified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, PERIOD = "scale", "2025Q1"
WHERE = {"consortium": HIP, "quarter": PERIOD}
VERSIONS = f"/en/rapportages/{HIP}/{PERIOD}/versies"
COMPARE = f"{VERSIONS}/vergelijken"
NOTHING = Questions((), ())


@pytest.fixture
def coordinator() -> User:
    return factories.user(Role.COORDINATOR, HIP, name="Coby Coördinator")


@pytest.fixture
def reviewer() -> User:
    return factories.user(Role.REVIEWER, name="Bea Beoordelaar")


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def _submit(user: User, *lines: Line, comment: str = "") -> ReportVersion:
    reporting.fill(actor=user, lines=factories.lines(*lines), base="*", **WHERE)
    return reporting.submit(actor=user, comment=comment, **WHERE)


def _two(coordinator: User, reviewer: User) -> tuple[ReportVersion, ReportVersion]:
    """A returned version, and what was submitted after it."""
    first = _submit(
        coordinator,
        figure("assignments", 12), figure("assignments", 5, action_line="talent"),
        figure("cofinancing-cash", "12500.25", action_line=None),
        figure("training-completions", numerator=40, denominator=50, action_line="lifelong-learning"),
        company(1, name="Blijft BV"), company(2, name="Gaat BV"), company(3, name="Verandert BV"),
        unidentified(3), headcount(120, 80, category="mbo"),
        comment="eerste bericht",
    )  # fmt: skip
    reporting.review(
        actor=reviewer, decision="return", content_hash=first.content_hash, comment="kijk nog eens",
        remarks=[{"pointer": "/figures/0/value", "comment": "te veel"}, {"pointer": "", "comment": "en de rest"}],
        **WHERE,
    )  # fmt: skip
    second = _submit(
        coordinator,
        figure("assignments", 10), figure("assignments", 5, action_line="talent"),
        figure("cofinancing-cash", "13500.25", action_line=None),
        figure("training-completions", numerator=45, denominator=50, action_line="lifelong-learning"),
        company(1, name="Blijft BV"), company(3, name="Verandert BV", involvement="training"),
        company(4, name="Komt BV"), unidentified(7), headcount(130, 85, category="mbo"),
        comment="tweede bericht",
    )  # fmt: skip
    return first, second


def test_what_differs_stands_beside_each_other_with_the_difference(coordinator: User, reviewer: User) -> None:
    first, second = _two(coordinator, reviewer)

    page = _client(coordinator).get(COMPARE)
    text = _text(page)

    for said in (
        "12 10 −2", "€12,500.25 €13,500.25 +1,000", "40 of 50 45 of 50 +10 pp", "3 7 +4",
        "120, of whom 80 for the first time 130, of whom 85 for the first time +10, of whom +5 for the first time",
        "1 added · 1 no longer there · 1 changed", "Gaat BV", "Komt BV", "Verandert BV",
        "eerste bericht", "tweede bericht", "kijk nog eens", "te veel", "Coby Coördinator", "Bea Beoordelaar",
        first.content_hash[:12], second.content_hash[:12],
    ):  # fmt: skip
        assert said in text, said
    assert "Blijft BV" not in text
    assert "is-the-same" not in page.content.decode()


def test_everything_can_be_shown_as_well(coordinator: User, reviewer: User) -> None:
    _two(coordinator, reviewer)

    text = _text(_client(coordinator).get(COMPARE, {"oud": 1, "nieuw": 2, "alles": 1}))

    assert "Blijft BV" in text
    assert "5 5 the same" in text


def test_two_versions_with_the_same_content_say_so(coordinator: User, reviewer: User) -> None:
    first = _submit(coordinator)
    reporting.review(actor=reviewer, decision="return", content_hash=first.content_hash, comment="x", **WHERE)
    _submit(coordinator)

    assert "The content of these two versions is the same." in _text(_client(coordinator).get(COMPARE))


def test_only_versions_that_the_reader_may_see_are_compared(coordinator: User, reviewer: User) -> None:
    _first, second = _two(coordinator, reviewer)
    reporting.review(actor=reviewer, decision="accept", content_hash=second.content_hash, **WHERE)
    reader = _client(factories.user(Role.READER))

    assert reader.get(COMPARE, {"oud": 1, "nieuw": 2}).status_code == 404
    assert reader.get(COMPARE).status_code == 302
    seen = reader.get(COMPARE, {"oud": 2, "nieuw": 2})
    assert seen.status_code == 200
    assert not {"tweede bericht", "Coby Coördinator", "kijk nog eens"} & set(re.split(r"  +|\n", _text(seen)))
    assert "tweede bericht" not in _text(seen)
    assert "Coby" not in _text(seen)
    for wrong in ({"oud": 1, "nieuw": 9}, {"oud": "x", "nieuw": 1}, {"oud": 0}):
        assert _client(coordinator).get(COMPARE, wrong).status_code == 404
    assert _client(factories.user(Role.COORDINATOR, "people")).get(COMPARE).status_code == 404


def test_one_version_is_not_compared(coordinator: User) -> None:
    _submit(coordinator)

    response = _client(coordinator).get(COMPARE)

    assert response.status_code == 302
    assert response["Location"] == VERSIONS


def test_the_pages_of_the_versions_and_of_the_review_lead_to_the_comparison(coordinator: User, reviewer: User) -> None:
    _two(coordinator, reviewer)

    assert COMPARE in _client(coordinator).get(VERSIONS).content.decode()
    assert COMPARE in _client(reviewer).get(f"/en/beoordelen/{HIP}/{PERIOD}").content.decode()


def test_a_comparison_asks_as_much_of_the_database_at_any_size(coordinator: User, reviewer: User) -> None:
    def queries(number: int) -> int:
        version = _submit(coordinator, *(company(each) for each in range(1, number)))
        client = _client(coordinator)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(COMPARE).status_code == 200
        reporting.review(actor=reviewer, decision="return", content_hash=version.content_hash, comment="x", **WHERE)
        return len(captured)

    version = _submit(coordinator, company(1))
    reporting.review(actor=reviewer, decision="return", content_hash=version.content_hash, comment="x", **WHERE)
    small = queries(5)

    assert queries(80) == small


def test_the_history_tells_every_step_in_words_with_the_due_date_in_its_place(
    coordinator: User, reviewer: User
) -> None:
    _two(coordinator, reviewer)

    text = _text(_client(coordinator).get(VERSIONS))
    history = text[text.index("Progress and history") :]

    order = [
        "30 April 2025 Last day to hand in", "Filled in by Coby Coördinator (version 1)",
        "Submitted by Coby Coördinator (version 1)",
        "Returned by Bea Beoordelaar (version 1)", "kijk nog eens", "Filled in by Coby Coördinator (version 2)",
        "Submitted by Coby Coördinator (version 2)",
    ]  # fmt: skip
    places = [history.index(each) for each in order]
    assert places == sorted(places)
    assert history.count("days late") == 1


def test_many_saves_are_one_line_with_everybody_who_saved(coordinator: User) -> None:
    other = factories.user(Role.CONTRIBUTOR, HIP, name="Cor Contribuant")
    for number, who in enumerate((coordinator, other, coordinator), start=1):
        reporting.fill(actor=who, lines=factories.lines(figure("assignments", number)), base="*", **WHERE)

    text = _text(_client(coordinator).get(VERSIONS))

    assert "Filled in by Coby Coördinator and Cor Contribuant (version 1)" in text
    assert "saved 3 times, last on" in text


def test_an_extension_moves_the_due_date_in_the_history(coordinator: User) -> None:
    report, _made = QuarterlyReport.objects.get_or_create(
        consortium=Consortium.objects.get(slug=HIP), quarter=Quarter.objects.get(pk=PERIOD)
    )
    Extension.objects.create(
        report=report, due_date="2099-01-31", reason="ziekte", granted_by=factories.user(Role.MANAGER)
    )
    _submit(coordinator)

    text = _text(_client(coordinator).get(VERSIONS))

    assert "31 January 2099 Last day to hand in (extension)" in text
    assert text.index("Submitted by") < text.index("31 January 2099")
    assert "days late" not in text


def test_who_reads_along_sees_no_history(coordinator: User, reviewer: User) -> None:
    factories.reported(HIP, PERIOD, coordinator=coordinator, reviewer=reviewer)

    text = _text(_client(factories.user(Role.READER)).get(VERSIONS))

    assert "Progress and history" not in text
    assert "Coby" not in text


@translation.override("en")
def test_a_pointer_is_said_in_words() -> None:
    lines = factories.lines(figure("assignments", 12), company(1, name="Een BV"))

    assert label_at("/figures/0/value", lines, NOTHING) == "assignments, innovation"
    assert label_at("/participations/0", lines, NOTHING) == "Een BV (00000001)"
    assert label_at("/participations", lines, NOTHING) == "Organisations"
    assert label_at("/figures/9/value", lines, NOTHING) == "Figures"
    assert label_at("", lines, NOTHING) == ""


_CELLS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y"])), st.integers(0, 3), max_size=6
)


@given(_CELLS, _CELLS)
def test_a_row_differs_exactly_where_an_edit_leads_from_one_version_to_the_other(
    old: dict[tuple[str, str], int], new: dict[tuple[str, str], int]
) -> None:
    def lines(cells: dict[tuple[str, str], int]) -> list[Line]:
        return [figure(code, number, action_line=line) for (code, line), number in cells.items()]

    section = next(each for each in comparing.beside(lines(old), lines(new), NOTHING) if each.section == "figures")

    assert len(section.rows) == len({**old, **new})
    assert len(section.differing) == len(edits.between(lines(old), lines(new)))
    assert len(section.added) == len(new.keys() - old.keys())
    assert len(section.gone) == len(old.keys() - new.keys())
    assert all(row.difference == "" for row in section.rows if row.change != Change.CHANGED)
    assert isinstance(lines(new or {("a", "x"): 1})[0], FigureLine)


def test_the_draft_takes_part_in_the_comparison(coordinator: User, reviewer: User) -> None:
    version = factories.reported(HIP, PERIOD, figure("assignments", 12), coordinator=coordinator, reviewer=reviewer)
    reporting.correct(actor=coordinator, reason="te veel geteld", code="counting-error", **WHERE)
    reporting.fill(actor=coordinator, lines=factories.lines(figure("assignments", 11)), base="*", **WHERE)

    text = _text(_client(coordinator).get(COMPARE))

    assert "12 11 −1" in text
    assert "te veel geteld" in text
    assert version.status == VersionStatus.ACCEPTED
    assert "counts" in text
