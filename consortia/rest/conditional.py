"""Entity tags: whether the caller already has the answer."""

import hashlib
from collections.abc import Sequence

from django.utils.http import parse_etags

from consortia.rest.rendering import dumps

ZIPPED = "-gzip"
"""What the tag of a compressed answer ends with: a strong tag names bytes (RFC 9110, 8.8.3.3)."""


class NotModified(Exception):
    """The caller has this already (304)."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def tag_of(*parts: object) -> str:
    """A strong tag that differs wherever a part differs."""
    return tag_of_content(dumps(parts))


def tag_of_content(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:40]}"'


def is_known(if_none_match: str, tag: str) -> bool:
    """Compares weakly, as RFC 9110 asks for `If-None-Match`; `*` stands for whatever is there."""
    return "*" in _tags(if_none_match) or is_named(if_none_match, tag)


def is_named(if_none_match: str, tag: str) -> bool:
    """As `is_known`, but `*` names nothing."""
    return any(_plain(each) == tag for each in _tags(if_none_match))


def zipped(tag: str) -> str:
    """The tag of the same answer, compressed."""
    return f'{tag[:-1]}{ZIPPED}"'


def _tags(header: str) -> Sequence[str]:
    return parse_etags(header) if header else ()


def _plain(tag: str) -> str:
    return tag.removeprefix("W/").replace(f'{ZIPPED}"', '"')
