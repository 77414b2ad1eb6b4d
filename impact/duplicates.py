"""Likely duplicates in the register: what the programme manager looks at, and merges or dismisses.

Names are compared within small groups only (the same postcode, the same area, the same first word), sorted, each with
those that follow it: the time grows with the register and not with its square, however many share a group.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import Organisation, User
from impact import identities, ledger, register, submission
from impact.models import DismissedDuplicate

COMPARED, KEPT = 25, 5
"""With how many names after it, in the order of the alphabet, a name is compared within a group; and how many of those
that are most alike are kept, so that a thousand times the same name does not become half a million pairs."""

_KEPT_FOR = 3600

SAME_NAME_AND_POSTCODE, SAME_NAME, ALIKE = "same-name-and-postcode", "same-name", "alike"
_ALIKE_AT_ONE_POSTCODE, _ALIKE_IN_ONE_AREA, _ALIKE_SOMEWHERE = 84, 88, 92
"""How alike names have to be, of 100: the less is known of the place, the more."""

# fmt: off
_LEGAL_FORMS = frozenset((
    "bv", "nv", "vof", "cv", "se", "sa", "gmbh", "ltd", "bvba", "maatschap", "stichting", "vereniging", "cooperatie",
    "eenmanszaak", "ua", "ba", "wa", "en",
))
# fmt: on
_JOINED = re.compile(r"\b((?:[a-z] )+[a-z])\b")
"""Letters that stood apart by full stops or spaces: `b v`."""
_NOT_IN_WORDS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Known:
    """An organisation as far as it is compared."""

    id: UUID
    name: str
    postcode: str

    @cached_property
    def words(self) -> str:
        return normal_name(self.name)

    @cached_property
    def digits(self) -> tuple[str, ...]:
        """What tells branches, courses and numbered names apart: names that differ in digits are never alike."""
        return tuple(_DIGITS.findall(self.words))

    @property
    def area(self) -> str:
        return self.postcode[:4]


@dataclass(frozen=True)
class Likely:
    """Two organisations that may be one, in the order of their ids; 100 is the most alike."""

    first: UUID
    second: UUID
    score: int
    why: str


def normal_name(name: str) -> str:
    """A name as it is compared: without case, accents, punctuation and legal forms, its words in alphabetical order.

    A name that is nothing but a legal form stays what it is.
    """
    plain = name.lower() if name.isascii() else _without_accents(name)
    parted = _NOT_IN_WORDS.sub(" ", plain.replace("'", "")).strip()
    words = _JOINED.sub(lambda match: match[1].replace(" ", ""), parted).split()
    kept = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(sorted(kept or words))


def _without_accents(name: str) -> str:
    # Compatibility forms first: what looks like a letter becomes it, also where folding the case makes new marks.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(character for character in folded if not unicodedata.combining(character)).replace("’", "'")


def find() -> list[Likely]:
    """Likely duplicates among the listed organisations, best first; without what is linked or was dismissed."""
    key = _place_of_number()
    found = _find()
    cache.set(key, len(found), _KEPT_FOR)
    return found


def known_number() -> int | None:
    """How many there are, if somebody has looked within the hour and the ledger has not moved since; else None."""
    number: int | None = cache.get(_place_of_number())
    return number


def _place_of_number() -> str:
    return f"likely-duplicates-{ledger.newest()}-{DismissedDuplicate.objects.count()}"


def _find() -> list[Likely]:
    links = ledger.links()
    rows = Organisation.objects.listed().exclude(name="").order_by().values_list("id", "name", "postcode")
    known = [Known(*row) for row in rows if row[0] not in links]
    dismissed = set(DismissedDuplicate.objects.values_list("first_id", "second_id"))
    return among(known, dismissed)


def among(organisations: Iterable[Known], dismissed: Iterable[tuple[UUID, UUID]] = ()) -> list[Likely]:
    """Likely duplicates among these, best first. Pure."""
    # In one order whatever the order that they come in, so that the answer is the same.
    known = sorted((row for row in organisations if row.words), key=lambda row: (row.words, row.id))
    left_out = set(dismissed)
    found: dict[tuple[UUID, UUID], Likely] = {}
    for first, second, score in _pairs(known):
        key = (first.id, second.id) if first.id < second.id else (second.id, first.id)
        if key in left_out or (key in found and found[key].score >= score):
            continue
        found[key] = Likely(*key, score=score, why=_why(first, second))
    return sorted(found.values(), key=lambda pair: (-pair.score, pair.first, pair.second))


def _why(first: Known, second: Known) -> str:
    if first.words != second.words:
        return ALIKE
    return SAME_NAME_AND_POSTCODE if first.postcode and first.postcode == second.postcode else SAME_NAME


def _pairs(known: list[Known]) -> Iterator[tuple[Known, Known, int]]:
    yield from _compared(known, lambda row: row.postcode, least=_ALIKE_AT_ONE_POSTCODE, off=0)
    yield from _compared(known, lambda row: row.area, least=_ALIKE_IN_ONE_AREA, off=3)
    # Names that are the same to the letter, wherever they are: a move, or a chain of shops.
    yield from _compared(known, lambda row: row.words if " " in row.words else "", least=100, off=15)
    # Where a postcode is missing the place says nothing, so the names have to say more.
    by_first_word = _compared(
        known,
        lambda row: row.words.partition(" ")[0],
        least=_ALIKE_SOMEWHERE,
        off=8,
        worth=lambda rows: not all(row.postcode for row in rows),
    )
    yield from (pair for pair in by_first_word if not (pair[0].postcode and pair[1].postcode))


def _compared(
    known: list[Known],
    group: Callable[[Known], str],
    *,
    least: int,
    off: int,
    worth: Callable[[list[Known]], bool] = bool,
) -> Iterator[tuple[Known, Known, int]]:
    """Pairs of one group whose names are at least so alike; the score is `off` lower than that."""
    groups: dict[Hashable, list[Known]] = defaultdict(list)
    for row in known:
        if at := group(row):
            groups[at, row.digits].append(row)
    for rows in groups.values():
        if len(rows) == 1 or not worth(rows):
            continue
        names = [row.words for row in rows]
        for place, row in enumerate(rows[:-1]):
            # Where enough of those that follow have the very same name, the rest cannot be more alike.
            ahead = KEPT if names[place + KEPT : place + KEPT + 1] == [row.words] else COMPARED
            following = names[place + 1 : place + 1 + ahead]
            for _name, likeness, further in process.extract(
                row.words, following, scorer=fuzz.ratio, score_cutoff=least, limit=KEPT
            ):
                yield row, rows[place + 1 + further], round(likeness) - off


HAS_NUMBER, IN_MORE_REPORTS, KNOWN_BETTER, AS_GOOD = "has-number", "in-more-reports", "known-better", "as-good"
_FACTS = ("organisation_type", "size_class", "postcode", "place", "sbi_code")


def to_keep(one: Organisation, other: Organisation, reports: Mapping[UUID, int]) -> tuple[Organisation, str]:
    """Of two that are one, the record that had better stay, and why; `reports`: in how many each is. Pure.

    The other counts as it from then on: what is known by a number that others use as well should not go.
    """
    reasons: tuple[tuple[str, Callable[[Organisation], int]], ...] = (
        (HAS_NUMBER, lambda row: 2 if row.kvk_number else 1 if row.institution_code else 0),
        (IN_MORE_REPORTS, lambda row: reports.get(row.pk, 0)),
        (KNOWN_BETTER, lambda row: sum(bool(getattr(row, name)) for name in _FACTS)),
    )
    for why, worth in reasons:
        if worth(one) != worth(other):
            return max(one, other, key=worth), why
    return min(one, other, key=lambda row: (row.name.casefold(), row.pk)), AS_GOOD


@transaction.atomic
def dismiss(*, actor: User, first: UUID | str, second: UUID | str, reason: str = "") -> DismissedDuplicate:
    """Say that two organisations that look alike are not the same; the queue leaves them out from now on.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: it was said already.
        Refused: an unknown organisation, twice the same, or a reason that cannot be stored.
    """
    identities.lock_to_refer()
    ledger.lock()
    access.require(actor, Permission.CONFIGURE)
    found = {name: register.listed(given) for name, given in (("first", first), ("second", second))}
    problems = [
        Problem(f"/{name}", "unknown", _("There is no such organisation."))
        for name, organisation in found.items()
        if organisation is None
    ]
    one, other = found["first"], found["second"]
    if one is not None and one == other:
        problems.append(Problem("/second", "duplicate", _("Name two different organisations.")))
    problems += submission.check_text("/reason", reason, submission.MAX_TEXT)
    if problems or one is None or other is None:
        raise Refused(problems)
    one, other = sorted((one, other), key=lambda row: row.pk)
    if DismissedDuplicate.objects.filter(first=one, second=other).exists():
        raise NotAllowedNow(_("This was said of these two already."))
    return DismissedDuplicate.objects.create(first=one, second=other, dismissed_by=actor, reason=reason.strip())
