"""What the fixed pages say: the office's text, else the built-in one. Each language for itself, so both are whole.

Built-in texts are Markdown like those of the office, in `templates/pages/texts/`, translated as all texts are.
"""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from consortia import prose
from consortia.models import Page, PageText

LONGEST_BODY = 20_000
LONGEST_INTRODUCTION = 500

TEMPLATES = {
    Page.ABOUT: "pages/about.html",
    Page.ACCESSIBILITY: "pages/text.html",
    Page.PRIVACY: "pages/text.html",
    Page.CONTACT: "pages/contact.html",
}
"""What stands around the words: facts come from the tables that hold them."""

_INTRODUCTIONS = {
    # The page has the summary of the programme, which stands with its other facts.
    Page.ABOUT: "",
    Page.ACCESSIBILITY: gettext_lazy(
        "Everybody should be able to read and use this portal, with a keyboard, a screen reader, a phone or enlarged "
        "text as well."
    ),
    Page.PRIVACY: gettext_lazy(
        "This portal counts companies and people. It names no student, teacher, employee or jobseeker, and does not "
        "follow its visitors."
    ),
    Page.CONTACT: gettext_lazy(
        "The programme office answers questions about the programme, the figures and this portal."
    ),
}


@dataclass(frozen=True)
class Text:
    """The words of a page in one language; the body is Markdown."""

    title: str
    introduction: str
    body: str

    @property
    def html(self) -> SafeString:
        """The body, to stand below the title of the page."""
        return prose.render(self.body, first_heading=prose.BELOW_THE_TITLE)


def built_in(page: Page, language: str) -> Text:
    """What the portal says by itself."""
    facts = {"session_days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60)}
    with override(language):
        body = render_to_string(f"pages/texts/{page.value}.txt", facts)
        return Text(str(page.label), str(_INTRODUCTIONS[page]), body.strip())


def text_of(page: Page, language: str) -> Text:
    """What the office wants said, else what the portal says by itself."""
    own = PageText.objects.filter(page=page, language=language).first()
    return written(own, language) if own is not None else built_in(page, language)


def written(own: PageText, language: str) -> Text:
    """The office's text; without a title of its own the page keeps the usual one."""
    with override(language):
        return Text(own.title or str(Page(own.page).label), own.introduction, own.body)
