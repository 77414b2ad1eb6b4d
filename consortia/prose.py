"""From Markdown, as the office writes it, to HTML that a page can trust."""

import re
from xml.etree.ElementTree import Element

import markdown
import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

BELOW_A_SECTION = 3
"""Where the page has the first and second heading, those of a text begin below them."""
BELOW_THE_TITLE = 2
"""Where the page has only its title above the text."""
_LAST_HEADING = 6

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto"}


def render(text: str, *, first_heading: int = BELOW_A_SECTION) -> SafeString:
    """HTML with structure and links, and nothing that runs, loads, or styles; never a heading above `first_heading`."""
    html = markdown.markdown(text, extensions=["sane_lists", "tables", _Headings(first_heading)], output_format="html")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    # A wide table scrolls by itself on a phone, also for who has no mouse. Written by the author it would be escaped.
    frame = format_html('<div class="table-scroll" role="region" tabindex="0" aria-label="{}">', _("Table"))
    framed = clean.replace("<table>", f"{frame}<table>").replace("</table>", "</table></div>")
    return mark_safe(framed)  # noqa: S308 - nh3 let through only the tags and attributes above


class _Headings(Extension):
    def __init__(self, first: int) -> None:
        super().__init__()
        self._first = first

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - the name that Markdown calls
        md.treeprocessors.register(_HeadingLevels(md, self._first), "heading-levels", 5)


class _HeadingLevels(Treeprocessor):
    """Levels follow each other without a gap, whichever the author chose."""

    def __init__(self, md: markdown.Markdown, first: int) -> None:
        super().__init__(md)
        self._first = first

    def run(self, root: Element) -> None:
        headings = [element for element in root.iter() if re.fullmatch("h[1-6]", element.tag)]
        levels = sorted({element.tag for element in headings})
        for element in headings:
            element.tag = f"h{min(self._first + levels.index(element.tag), _LAST_HEADING)}"
