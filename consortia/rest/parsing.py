"""Reading a JSON body strictly: what is ambiguous or absurd is refused, numbers keep their digits."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from consortia.errors import Problem, Refused, escaped

MAX_DEPTH = 10


class TooLarge(APIException):
    """The body is larger than `DATA_UPLOAD_MAX_MEMORY_SIZE` (413)."""

    status_code = 413
    default_code = "too-large"


class StrictJsonParser(BaseParser):
    """Numbers become `Decimal`.

    Raises:
        Refused: no JSON, NaN or Infinity, a key twice, nested too deep, or text that is no Unicode.
        TooLarge: more bytes than the portal takes.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else None
        if length and int(length) > limit:
            raise TooLarge(_("The body is larger than this portal takes."))
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(_("The body is larger than this portal takes."))
        return loads(raw)


def loads(raw: bytes) -> object:
    try:
        text = raw.decode()
        value: object = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, InvalidOperation) as error:
        raise _refused("malformed", _("The body is not valid JSON.")) from error
    except RecursionError as error:
        raise _refused("too-deep", _("The body is nested too deep.")) from error
    _examine(value)
    return value


def _refused(code: str, detail: str) -> Refused:
    return Refused([Problem("", code, detail)])


def _refuse_constant(name: str) -> object:
    raise _refused("malformed", _("%(name)s is not a number in JSON.") % {"name": name})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _refused("duplicate-key", _("The key %(key)s stands there twice.") % {"key": ascii(twice)})
    return members


def _examine(value: object) -> None:
    """Refuse depth and half surrogate pairs, which neither the database nor an answer can hold."""
    waiting = [(value, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, str):
            if not node.isascii() and any("\ud800" <= character <= "\udfff" for character in node):
                raise _refused("malformed", _("The body holds text that is no Unicode."))
        elif isinstance(node, dict | list):
            if depth > MAX_DEPTH:
                raise _refused("too-deep", _("The body is nested too deep."))
            if isinstance(node, dict):
                waiting.extend((key, depth) for key in node)
                waiting.extend((child, depth + 1) for child in node.values())
            else:
                waiting.extend((child, depth + 1) for child in node)


Reader = Callable[[Any, str, list[Problem]], Any]


def members(request: Request, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The known members of a small body, each read by its reader; a member that is left out is left out.

    Raises:
        Refused: unknown keys and wrong types, all at once.
    """
    problems: list[Problem] = []
    values = read_object(request.data, "", readers, problems)
    if problems:
        raise Refused(problems)
    return values


def read_object(value: object, pointer: str, readers: Mapping[str, Reader], problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(value, dict):
        problems.append(Problem(pointer, "not-an-object", _("This must be an object.")))
        return {}
    problems += [
        Problem(f"{pointer}/{escaped(key)}", "unknown-key", _("This key is not known."))
        for key in value
        if key not in readers
    ]
    return {key: reader(value[key], f"{pointer}/{key}", problems) for key, reader in readers.items() if key in value}


def text(value: object, pointer: str, problems: list[Problem]) -> str:
    if isinstance(value, str):
        return value
    problems.append(Problem(pointer, "not-text", _("This must be text.")))
    return ""


def texts_by_pointer(value: object, pointer: str, problems: list[Problem]) -> dict[str, str]:
    if not isinstance(value, dict):
        problems.append(Problem(pointer, "not-an-object", _("This must be an object.")))
        return {}
    return {key: text(each, f"{pointer}/{escaped(key)}", problems) for key, each in value.items()}


def list_of(readers: Mapping[str, Reader], *, required: tuple[str, ...], longest: int) -> Reader:
    """A reader for a list of objects."""

    def read(value: object, pointer: str, problems: list[Problem]) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            problems.append(Problem(pointer, "not-a-list", _("This must be a list.")))
            return []
        if len(value) > longest:
            detail = _("At most %(number)d rows.") % {"number": longest}
            problems.append(Problem(pointer, "too-many", detail))
            return []
        rows = []
        for number, each in enumerate(value):
            row = read_object(each, f"{pointer}/{number}", readers, problems)
            rows.append(row)
            if isinstance(each, dict):
                missing = [key for key in required if key not in each]
                problems += [Problem(f"{pointer}/{number}/{key}", "required", _("This is missing.")) for key in missing]
        return rows

    return read
