"""A message in the reader's language: the office's text, else the built-in one, filled in as plain text and as HTML.

What is filled in never is markup: in HTML it is escaped, and Markdown was turned into HTML before.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any

import markdown
import nh3
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consortia import clock, notation
from consortia.errors import Problem
from consortia.message_kinds import EVERYWHERE, Kind
from consortia.models import MessageTemplate, Notification, Programme, User

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPTY = re.compile(r"<blockquote>\s*<p>\s*</p>\s*</blockquote>\s*|<p>\s*</p>\s*")
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a", "h2", "h3", "hr"}
MAX_SUBJECT = 300
LONGEST_BODY = 10_000


@dataclass(frozen=True)
class Text:
    """A subject and a body with placeholders, in one language."""

    subject: str
    body: str


@dataclass(frozen=True)
class Message:
    """What one person reads."""

    subject: str
    text: str
    html: str
    action: str


def built_in(kind: Kind, language: str) -> Text:
    """What the portal says by itself."""
    with translation.override(language):
        return Text(str(kind.subject), str(kind.body))


def text_of(kind: Kind, language: str) -> Text:
    """What the office wants said, else what the portal says by itself."""
    own = MessageTemplate.objects.filter(kind=kind.code, language=language).first()
    return Text(own.subject, own.body) if own else built_in(kind, language)


def problems(kind: Kind, text: Text) -> list[Problem]:
    """Placeholders that this kind does not know, with their names, and braces that are none."""
    found = []
    for pointer, written in (("/subject", text.subject), ("/body", text.body)):
        for name in dict.fromkeys(_PLACEHOLDER.findall(written)):
            if name not in kind.names:
                detail = _("There is no {%(name)s} here. Choose from: %(names)s.") % {
                    "name": name,
                    "names": ", ".join(f"{{{each}}}" for each in sorted(kind.names)),
                }
                found.append(Problem(pointer, "unknown-placeholder", detail))
        if re.search(r"[{}]", _PLACEHOLDER.sub("", written)):
            found.append(Problem(pointer, "stray-brace", _("A brace { or } is only for placeholders.")))
    if "\n" in text.subject or "\r" in text.subject:
        found.append(Problem("/subject", "one-line", _("A subject is one line.")))
    return found


def render(kind: Kind, user: User, context: Mapping[str, Any]) -> Message:
    """The message for this person; what the context holds is written in their language."""
    with translation.override(user.language):
        values = _everywhere(user) | {name: written(value) for name, value in context.items()}
        return filled(kind, text_of(kind, user.language), values)


def sample(kind: Kind, text: Text, language: str) -> Message:
    """The message as it could look, for the preview."""
    with translation.override(language):
        known = {**EVERYWHERE, **kind.placeholders}
        return filled(kind, text, {name: written(each.sample) for name, each in known.items()})


def filled(kind: Kind, text: Text, values: Mapping[str, str]) -> Message:
    subject = " ".join(_fill(text.subject, values, str).split())
    html = _fill(_html(text.body), values, lambda value: escape(value).replace("\n", "<br>"))
    return Message(
        subject=subject[:MAX_SUBJECT],
        text=_plain(text.body, values),
        # Where nothing was said, nothing stands there.
        html=_EMPTY.sub("", html),
        action=str(kind.action),
    )


def written(value: Any) -> str:
    """A value as one reads it in the language at hand; something to call is asked for it."""
    language = (translation.get_language() or notation.DUTCH)[:2]
    if callable(value):
        return written(value())
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value, clock.AMSTERDAM), "j F Y H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        return notation.number(value, language=language)
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


# --- the mail around it


@dataclass(frozen=True)
class Letter:
    """A message as it goes by mail: whole, with where it leads and how to be rid of it."""

    subject: str
    text: str
    html: str


def letter(
    message: Message,
    *,
    kind: Kind,
    url: str,
    language: str,
    unsubscribe_url: str = "",
    entries: Sequence[Notification] = (),
) -> Letter:
    """The message with its frame. `url` is its Dutch place in the portal; `entries` are those of an overview."""
    context = {
        "message": message,
        "kind": kind,
        "url": absolute(in_language(url, language)) if url else "",
        "entries": [(each, absolute(in_language(each.url, language)) if each.url else "") for each in entries],
        "settings_url": absolute(in_language("/berichten/instellingen", language)),
        "unsubscribe_url": unsubscribe_url,
        "programme": Programme.objects.first(),
        "portal_url": absolute(in_language("/", language)),
        "language": language,
    }
    with translation.override(language):
        text = render_to_string("mail/message.txt", context)
        html = render_to_string("mail/message.html", context)
    return Letter(message.subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html)


def absolute(path: str) -> str:
    return path if path.startswith(("http://", "https://")) else f"{settings.PUBLIC_URL}{path}"


def in_language(path: str, language: str) -> str:
    """The same place in another language: Dutch pages have no prefix."""
    return path if language == notation.DUTCH else f"/{language}{path}"


# --- filling in


def _everywhere(user: User) -> dict[str, str]:
    programme = Programme.objects.first()
    return {"name": str(user), "office": (programme and programme.contact_name) or _("Programme office")}


def _fill(text: str, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    # A name that is not there stays as it is: a text of an earlier release must not stand in the way of a message.
    return _PLACEHOLDER.sub(lambda match: write(values[match[1]]) if match[1] in values else match[0], text)


def _plain(body: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in _EMPHASIS.sub(r"\2", _LINK.sub(r"\1: \2", body)).splitlines():
        # What is quoted stays quoted when it has several lines.
        prefix = "> " if line.startswith(">") else ""
        lines.append(_fill(line, values, lambda value, prefix=prefix: value.replace("\n", f"\n{prefix}")))  # type: ignore[misc]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line != "> ")).strip()


def _html(body: str) -> str:
    made = markdown.markdown(body, extensions=["sane_lists", "nl2br"], output_format="html")
    return nh3.clean(
        made, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"}, link_rel=None
    )
