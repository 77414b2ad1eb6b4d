"""Markdown that a page can trust."""

from html.parser import HTMLParser

import pytest

from consortia import prose


def test_markdown_becomes_structure() -> None:
    html = prose.render("Een **dag**.\n\n- een\n- twee\n\n| a | b |\n|---|--:|\n| 1 | 2 |")

    assert "<strong>dag</strong>" in html
    assert "<li>een</li>" in html
    assert "<td>1</td>" in html
    assert "style" not in html


def test_headings_begin_below_those_of_the_page_and_leave_no_gap() -> None:
    assert prose.render("# Een\n\n## Twee") == "<h3>Een</h3>\n<h4>Twee</h4>"
    assert prose.render("## Een\n\n#### Twee\n\n## Drie") == "<h3>Een</h3>\n<h4>Twee</h4>\n<h3>Drie</h3>"
    assert prose.render("###### Een") == "<h3>Een</h3>"


def test_below_the_title_of_a_page_headings_begin_at_the_second_level() -> None:
    html = prose.render("# Een\n\n### Twee\n\n<h1>Drie</h1>", first_heading=prose.BELOW_THE_TITLE)

    assert html.startswith("<h2>Een</h2>\n<h3>Twee</h3>")
    assert "<h1" not in html


def test_a_table_scrolls_in_a_frame_of_its_own() -> None:
    html = prose.render("| a | b |\n|---|---|\n| 1 | 2 |")

    assert html.startswith('<div class="table-scroll" role="region" tabindex="0"')
    assert html.endswith("</table></div>")
    assert prose.render("`<table>` en `</table>`") == (
        "<p><code>&lt;table&gt;</code> en <code>&lt;/table&gt;</code></p>"
    )


def test_a_table_that_was_left_open_is_closed_with_its_frame() -> None:
    html = prose.render("<table><tr><td>los")

    assert html.count("<div") == html.count("</div>") == html.count("<table>") == html.count("</table>") == 1


def test_a_link_keeps_its_address_and_gives_nothing_away() -> None:
    assert prose.render("[hier](https://example.org/a)") == (
        '<p><a href="https://example.org/a" rel="noopener noreferrer">hier</a></p>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![plaatje](https://example.org/spion.png)",
        "[klik](javascript:alert(1))",
        "[klik](data:text/html;base64,PHNjcmlwdD4=)",
        '<p style="position:fixed" onclick="alert(1)" class="x" id="y">tekst</p>',
        '<iframe src="https://example.org"></iframe>',
        '<form action="https://example.org"><input name="a"></form>',
        "<style>body{display:none}</style>",
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        "<a href='jav&#x61;script:alert(1)'>x</a>",
        '<base href="https://example.org/">',
    ],
)
def test_nothing_runs_loads_or_styles(text: str) -> None:
    found = Collector()
    found.feed(prose.render(text))

    assert found.tags <= {"p", "a"}
    assert set(found.attributes) <= {"href", "rel"}
    assert found.attributes.get("href", "https://").startswith("https://")


class Collector(HTMLParser):
    """Which tags and attributes a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update({name: value or "" for name, value in attrs})
