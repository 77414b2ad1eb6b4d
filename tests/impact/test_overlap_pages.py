"""The overlap explorer as visitors and people of a HIP see it."""

import re
from html import unescape

import html5lib
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import Consortium, Role
from impact import overlap
from impact.views.overlap import step_of
from tests import factories, golden
from tests.factories import company
from tests.impact.test_overlap import Q1, Q2, A, B, C, called, link
from tests.impact.test_public_pages import engine, numbers_of, text_of, wrong_numbers

pytestmark = pytest.mark.django_db

PAGES = (
    "overlap", "overlap?measure=cumulative&indicator=partners", "overlap/organisaties", "overlap/organisaties?least=2",
    f"overlap/organisaties?hip={golden.A}&other={golden.B}", "overlap/verloop", f"overlap/verloop?hip={golden.A}",
    "overlap/verloop?line=talent&indicator=companies-sme",
)  # fmt: skip
PAIR = f"overlap/organisaties?hip={A}&other={B}&period={Q1}&measure=value"


@pytest.fixture
def played(programme):
    return golden.play()


@pytest.fixture
def shared(programme):
    """Company 1 is in A, 2 in A and B, 3 in B and C, 4 in all three."""
    factories.reported(A, Q1, company(1), company(2), company(4))
    factories.reported(B, Q1, company(2), company(3), company(4))
    factories.reported(C, Q1, company(3), company(4))


def visit(client, path):
    response = client.get(f"/en/{path}")
    assert response.status_code == 200, path
    return response


def cells(response):
    """The text with a space between the cells of a table."""
    body = re.sub(r"(?=</t[dh]>)", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body)))


def matrix_of(response):
    """The numbers of every row of the matrix, by the HIP's address."""
    rows = re.findall(r'<tr id="([\w-]+)">(.*?)</tr>', response.content.decode(), re.DOTALL)
    return {
        slug: [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row)] for slug, row in rows
    }


def test_a_page_is_well_formed_with_figures_and_without(programme, client):
    for path in PAGES:
        html5lib.HTMLParser(strict=True).parse(visit(client, path.split("/organ")[0]).content.decode())
    golden.play()

    for path in PAGES:
        html5lib.HTMLParser(strict=True).parse(visit(client, path).content.decode())
        html5lib.HTMLParser(strict=True).parse(client.get(f"/{path}").content.decode())


def test_the_first_thing_said_is_how_many_are_in_more_than_one_hip(shared, client):
    assert "3 of the 4 companies take part in more than one HIP" in text_of(visit(client, f"overlap?period={Q1}"))


def test_the_matrix_has_each_pair_and_a_dash_where_nothing_is_known(shared, client):
    rows = matrix_of(visit(client, f"overlap?period={Q1}&measure=value"))
    order = list(Consortium.objects.order_by("number").values_list("slug", flat=True))

    assert list(rows) == order
    assert [rows[A][order.index(other)] for other in (A, B, C)] == ["3", "2", "1"]
    assert [rows[C][order.index(other)] for other in (A, B, C)] == ["1", "2", "2"]
    assert rows[A][order.index("hip-09")] == "–not reported"


def test_the_numbers_of_the_pages_are_the_engines(played, client):
    cells = engine()

    for path in PAGES:
        assert wrong_numbers(visit(client, path), cells) == [], path
    assert len(numbers_of(visit(client, "overlap/verloop"))) > 10


def test_what_cannot_be_chosen_is_said_at_its_place_and_shows_the_usual(shared, client):
    page = visit(client, "overlap?period=1999Q1&measure=value%00&indicator=assignments")

    assert page.content.decode().count('class="form-field__error"') == 2
    assert "take part in more than one HIP" in text_of(page)
    course = visit(client, "overlap/verloop?hip=nowhere&line=x")
    assert course.content.decode().count('class="form-field__error"') == 2
    assert "4 companies in" in text_of(course)


@pytest.mark.parametrize("query", ["hip=nowhere", "least=0", "least=x", "after=1", "indicator=assignments"])
def test_a_list_of_what_does_not_exist_is_not_found(shared, client, query):
    assert client.get(f"/overlap/organisaties?{query}").status_code == 404


def test_before_the_first_report_the_pages_say_so(programme, client):
    for path in ("overlap", "overlap/verloop"):
        assert "Nothing has been reported yet" in text_of(visit(client, path))
    assert client.get("/overlap/organisaties").status_code == 404


# --- names


def test_a_visitor_reads_numbers_and_no_names(shared, client):
    for path in (PAIR, f"overlap/organisaties?hip={A}", "overlap/organisaties", "overlap", "overlap/verloop"):
        assert "Testbedrijf" not in text_of(visit(client, path))
    page = text_of(visit(client, PAIR))

    assert "2 companies are in both SCALE" in page
    assert "All 2 are counted and not named here" in page


def test_a_pair_shows_what_each_has_and_what_both_have(shared, client):
    page = visit(client, PAIR)

    assert re.search(r"Added up 6 In both, so counted twice \N{MINUS SIGN}2 Together, each counted once 4", cells(page))
    sum_of = page.content.decode().split('id="sum"')[1].split("</section>")[0]
    for hip in (A, B):
        assert f"hip={hip}&amp;indicator=companies" in sum_of


def test_exactly_so_many_is_those_or_more_less_those_in_more(shared, client):
    page = visit(client, f"overlap?period={Q1}").content.decode()
    for least in (2, 3):
        assert f"least={least}#sum" in unescape(page)
    assert re.search(r'class="hero"><strong><a class="why"[^>]*least=2', unescape(page))

    two = cells(visit(client, f"overlap/organisaties?period={Q1}&least=2"))
    assert "in 2 HIPs or more 3 of which in more than that \N{MINUS SIGN}1 in exactly 2 HIPs 2" in two


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER, Role.MANAGER])
def test_who_sees_all_that_counts_reads_the_names(shared, client, role):
    client.force_login(factories.user(role))

    page = text_of(visit(client, PAIR))

    for name in called(2, 4):
        assert name in page
    assert called(1)[0] not in page
    assert "not named" not in page


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CONTRIBUTOR])
def test_a_hip_reads_how_many_it_shares_and_its_own_names_beside_it(shared, client, role):
    client.force_login(factories.user(role, A))

    pair = visit(client, PAIR)
    own = re.search(r'<a href="([^"]+)">All that SCALE[^<]+</a>', pair.content.decode())

    assert "Testbedrijf" not in text_of(pair)
    assert "2 of these 2 are counted and not named here. Their names would tell" in text_of(pair)
    assert own
    page = text_of(client.get(unescape(own[1])))
    assert all(name in page for name in called(1, 2, 4))
    assert Consortium.objects.get(slug=B).name not in page
    assert "Testbedrijf" not in text_of(visit(client, f"overlap/organisaties?hip={B}"))


def test_a_merged_company_shows_in_the_matrix_at_once(programme, client):
    factories.reported(A, Q1, company(1))
    factories.reported(B, Q1, company(2))
    path = f"overlap?period={Q1}&measure=value"
    assert "0 of the 2 companies take part in more than one HIP" in text_of(visit(client, path))

    link("merge", 1, 2)

    assert "1 of the 1 companies takes part in more than one HIP" in text_of(visit(client, path))


def test_long_lists_go_on_from_page_to_page(shared, client, monkeypatch):
    monkeypatch.setattr(overlap, "PAGE_SIZE", 2)
    monkeypatch.setattr(overlap.members, "__kwdefaults__", {**overlap.members.__kwdefaults__, "size": 2})
    client.force_login(factories.user(Role.READER))

    first = visit(client, f"overlap/organisaties?hip={A}")
    following = re.search(r'<a href="(\?[^"]+)" rel="next">', first.content.decode())

    assert following
    assert called(4)[0] in text_of(client.get(f"/en/overlap/organisaties{unescape(following[1])}"))
    assert called(4)[0] not in text_of(first)


# --- from quarter to quarter


def test_the_course_tells_the_lost_from_the_unknown(shared, client):
    factories.reported(A, Q2, company(1), company(7))

    page = text_of(visit(client, "overlap/verloop"))

    assert "2 companies in 2024 Q2, of which 1 new" in page.replace("\N{NO-BREAK SPACE}", " ")
    # 2 and 4 are also in B, and 3 is in B and C: neither has reported.
    assert "1 stayed and 0 returned; 0 left." in page
    assert "Of 3 it is not known" in page
    assert "or before: the first report" in page
    said = page.replace("\N{NO-BREAK SPACE}", " ")
    assert "2024 Q2: 2 = 1 new + 1 stayed + 0 returned." in said
    assert "2024 Q1: 4 = 1 stayed + 0 left + 3 not known." in said


def test_the_chart_leaves_a_gap_and_hatches_what_is_provisional(played, client):
    page = visit(client, "overlap/verloop").content.decode()
    large = re.search(r'<svg class="chart__l".*?</svg>', page, re.DOTALL)[0]

    # Q3 is provisional; the quarters before Q1 of 2025 were not reported.
    assert large.count('class="chart-hatched"') == 1
    assert len(set(re.findall(r"<title>(\d{4}[^:]+):", large))) == 3


def test_a_hip_names_those_with_which_it_shares_most(shared, client):
    page = text_of(visit(client, f"hips/{A}"))

    assert "Shared with other HIPs" in page
    names = dict(Consortium.objects.values_list("slug", "name"))
    assert f"{names[B]}: 2" in page
    assert f"{names[C]}: 1" in page


def test_the_programme_and_the_hips_lead_to_the_overlap(shared, client):
    for path in ("", "hips", f"hips/{A}"):
        assert 'href="/en/overlap' in visit(client, path).content.decode()


def test_a_share_is_shaded_beside_the_largest():
    from decimal import Decimal

    assert [step_of(Decimal(part), Decimal("0.5")) for part in ("0", "0.001", "0.1", "0.11", "0.5")] == [0, 1, 1, 2, 5]
    assert step_of(None, Decimal(0)) == 0


def test_the_queries_do_not_grow(shared, client):
    client.force_login(factories.user(Role.READER))

    def queries(path):
        visit(client, path)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            visit(client, path)
        return len(captured)

    paths = ["overlap", PAIR, "overlap/verloop", f"hips/{A}"]
    few = [queries(path) for path in paths]
    for slug in (A, B, "hip-09"):
        factories.reported(slug, Q2, *[company(number) for number in range(1, 30)])

    assert [queries(path) for path in paths] == few


def test_an_overlap_is_counted_once_for_each_entry_of_the_ledger(shared, client):
    from impact.views import figures
    from impact.views import overlap as pages

    def counted():
        reader = figures.Reader(None)
        span = overlap.span_of(reader.state, reader.indicator("companies").pk, reader.latest, "value")
        with CaptureQueriesContext(connection) as captured:
            found = pages.counted(reader, span)
        return len(captured), found.total

    assert counted() == (1, 4)
    assert counted() == (0, 4)
    factories.reported("hip-09", Q1, company(8))
    assert counted() == (1, 5)
