"""The trade register of the Chamber of Commerce (KVK), asked through its own API: Zoeken v2 and Basisprofiel v1.

Off unless `KVK_API_KEY` is set: without it nothing is asked, and no page offers it. Only numbers, names, places, the
SBI code and head counts are read; whatever else an answer holds is left where it is. The shape is the one that KVK
documents at developers.kvk.nl (Zoeken 2, Basisprofiel 1.4).
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Never
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from consortia import identifiers, sectors
from consortia.errors import DomainError

_LARGEST = 1_000_000
"""Bytes of an answer; a profile has a few thousand."""
_MOST_FOUND = 10
_LONGEST_WAIT = 5.0


class KvkError(DomainError):
    """KVK gave no answer that can be used. Nothing was changed."""


class KvkUnknown(KvkError):
    """KVK does not know the number."""


class KvkBusy(KvkError):
    """KVK takes no more questions for now, or is away."""


class KvkKeyRefused(KvkError):
    """KVK does not accept the key of this portal."""


class KvkUnreadable(KvkError):
    """The answer has another shape than KVK documents."""


@dataclass(frozen=True)
class Found:
    """A registration that a search gives."""

    kvk_number: str
    name: str
    place: str
    kind: str
    """`rechtspersoon`, `hoofdvestiging` or `nevenvestiging`."""


@dataclass(frozen=True)
class Profile:
    """What KVK says of a company, as far as the register has a place for it; empty where KVK is silent."""

    kvk_number: str
    name: str
    employees: int | None
    """People at work in all branches (totaalWerkzamePersonen)."""
    sbi_code: str
    """Of the main activity."""
    sbi_version: str
    postcode: str
    place: str
    has_ended: bool


def is_on() -> bool:
    """Whether this portal may ask KVK."""
    return bool(settings.KVK_API_KEY)


def client() -> "KvkClient":
    """The client of the settings.

    Raises:
        KvkError: there is no key.
    """
    if not is_on():
        raise KvkError(_("This portal has no key for the API of KVK."))
    return KvkClient(settings.KVK_API_KEY, settings.KVK_API_URL)


class _NoRedirects(HTTPRedirectHandler):
    """The key goes to KVK and nowhere else."""

    def redirect_request(self, *_arguments: Any, **_options: Any) -> None:
        return None


class KvkClient:
    """Asks, waits and asks again where that may help, and reads with distrust."""

    def __init__(
        self,
        key: str,
        address: str,
        *,
        patience: float = 5.0,
        attempts: int = 3,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key, self._address = key, address.rstrip("/")
        self._patience, self._attempts, self._wait = patience, attempts, wait
        self._opener: OpenerDirector = build_opener(_NoRedirects)

    def search(self, *, kvk_number: str = "", name: str = "") -> list[Found]:
        """Registrations with this number or name, the first ten.

        Raises:
            KvkError: no answer that can be used.
        """
        asked = {"kvkNummer": kvk_number, "naam": name}
        query = urlencode({key: value for key, value in asked.items() if value})
        try:
            answer = self._ask(f"/v2/zoeken?{query}&resultatenPerPagina={_MOST_FOUND}")
        except KvkUnknown:
            # KVK answers with 404 where nothing is found.
            return []
        rows = answer.get("resultaten", [])
        if not isinstance(rows, list):
            _unreadable()
        return [_found(row) for row in rows]

    def profile(self, kvk_number: str) -> Profile:
        """The basic profile of a number.

        Raises:
            KvkUnknown: KVK does not know the number.
            KvkError: no answer that can be used.
        """
        if not identifiers.is_kvk_number(kvk_number):
            raise KvkUnknown(_("A KVK number has eight digits."))
        return _profile(self._ask(f"/v1/basisprofielen/{kvk_number}"), kvk_number)

    def _ask(self, path: str) -> Mapping[str, Any]:
        _require_no_transaction()
        for attempt in range(1, self._attempts + 1):
            try:
                return self._answer(path)
            except _Passing as passing:
                if attempt == self._attempts:
                    raise KvkBusy(passing.detail) from passing
                self._wait(min(passing.after or 0.5 * 2 ** (attempt - 1), _LONGEST_WAIT))
        raise AssertionError("the last attempt answers or raises")

    def _answer(self, path: str) -> Mapping[str, Any]:
        headers = {"apikey": self._key, "Accept": "application/json"}
        request = Request(f"{self._address}{path}", headers=headers)  # noqa: S310 - the settings allow https alone
        try:
            with self._opener.open(request, timeout=self._patience) as answer:
                body = answer.read(_LARGEST + 1)
        except HTTPError as error:
            _refuse(error)
        except (URLError, OSError) as error:
            raise _Passing(_("KVK cannot be reached now. Try again later.")) from error
        return _read(body)


class _Passing(Exception):
    """What may be over the next time."""

    def __init__(self, detail: str, after: float | None = None) -> None:
        super().__init__(detail)
        self.detail, self.after = detail, after


def _require_no_transaction() -> None:
    """Locks must not wait for somebody else's server. The transaction around a test is none of ours."""
    # Neither attribute is known to the types.
    blocks: list[Any] = getattr(connection, "atomic_blocks", [])
    if any(not getattr(block, "_from_testcase", False) for block in blocks):
        raise RuntimeError("KVK is not asked inside a transaction")


def _refuse(error: HTTPError) -> Never:
    with error:
        if error.code == HTTPStatus.NOT_FOUND:
            raise KvkUnknown(_("KVK does not know this number.")) from error
        if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise KvkKeyRefused(_("KVK does not accept the key of this portal.")) from error
        if error.code == HTTPStatus.TOO_MANY_REQUESTS:
            detail = _("KVK takes no more questions of this portal for now. Try again later.")
            raise _Passing(detail, _seconds(error.headers.get("Retry-After"))) from error
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Passing(_("KVK cannot answer now. Try again later.")) from error
        raise KvkUnreadable(_("KVK answered with status %(code)d.") % {"code": error.code}) from error


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else None


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body) if len(body) <= _LARGEST else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        _unreadable()
    return answer


def _unreadable() -> Never:
    raise KvkUnreadable(_("The answer of KVK has another shape than KVK documents. Nothing was taken over."))


# --- answers


def _found(row: Any) -> Found:
    if not isinstance(row, dict):
        _unreadable()
    number = _text(row, "kvkNummer")
    if not identifiers.is_kvk_number(number):
        _unreadable()
    address = _part(_part(row, "adres"), "binnenlandsAdres")
    return Found(number, _text(row, "naam"), _text(address, "plaats"), _text(row, "type"))


def _profile(answer: Mapping[str, Any], kvk_number: str) -> Profile:
    if _text(answer, "kvkNummer") != kvk_number:
        _unreadable()
    main = next(
        (each for each in _rows(answer, "sbiActiviteiten") if _text(each, "indHoofdactiviteit").casefold() == "ja"), {}
    )
    code = sectors.normal_code(_text(main, "sbiCode")) or ""
    branch = _part(_part(answer, "_embedded"), "hoofdvestiging")
    # A shielded address (indAfgeschermd) is nobody's business.
    address = next(
        (
            each
            for each in _rows(branch, "adressen")
            if _text(each, "type").casefold() == "bezoekadres" and _text(each, "indAfgeschermd").casefold() != "ja"
        ),
        {},
    )
    return Profile(
        kvk_number=kvk_number,
        name=(_text(answer, "naam") or _text(answer, "statutaireNaam"))[:200],
        employees=_count(answer, "totaalWerkzamePersonen"),
        sbi_code=code,
        sbi_version=settings.KVK_SBI_VERSION if code else "",
        postcode=identifiers.normal_postcode(_text(address, "postcode").upper()) or "",
        place=_text(address, "plaats")[:100],
        has_ended=bool(_text(_part(answer, "materieleRegistratie"), "datumEinde")),
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or "\x00" in value:
        _unreadable()
    return " ".join(value.split())


def _count(row: Mapping[str, Any], key: str) -> int | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _unreadable()
    return value


def _part(row: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        _unreadable()
    return value


def _rows(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        _unreadable()
    return value
