"""From Markdown, as the office writes it, to HTML that a page can trust. Pure."""

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

_EXTENSIONS = ["sane_lists", "tables", "toc"]
# The page has the first and second heading: a text's own headings begin below them.
_SETTINGS = {"toc": {"baselevel": 3}}

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto"}


def render(text: str) -> SafeString:
    """HTML with structure and links, and nothing that runs, loads, or styles."""
    html = markdown.markdown(text, extensions=_EXTENSIONS, extension_configs=_SETTINGS, output_format="html")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return mark_safe(clean)  # noqa: S308 - nh3 let through only the tags and attributes above
