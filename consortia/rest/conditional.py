"""Entity tags: whether the caller already has the answer."""

import hashlib
from collections.abc import Sequence

from django.utils.http import parse_etags

from consortia.rest.rendering import dumps


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
    """Compares weakly, as RFC 9110 asks for `If-None-Match`."""
    known: Sequence[str] = parse_etags(if_none_match) if if_none_match else ()
    return "*" in known or any(each.removeprefix("W/") == tag for each in known)
