"""Vintages (edities): named seqs of the ledger, with the hashes that prove their figures.

Source: docs/semantics.md, "Every published number is a function of the ledger up to a `seq`"; docs/vintages.md says how
anybody makes the hashes again from the public API.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused, Stale
from consortia.models import Consortium, User
from impact import ledger, rollups, snapshots, submission
from impact.coverage import Participants
from impact.effects import Change
from impact.leaves import Leaf
from impact.ledger import Counting, State
from impact.models import EntryKind, LedgerEntry, Quarter, Vintage
from impact.rollups import Cell, Dimensions, Selection
from impact.rows import figure, roll_up
from impact.snapshots import Snapshot

LOCK = 72_004
"""One publication at a time: two on one day do not take the same code."""

FORM = 2
FIGURE_FIELDS = (
    "consortium", "period", "actionLine", "indicator", "value", "numerator", "denominator", "unit", "version", "seq",
    "withheld",
)  # fmt: skip
ROLL_UP_FIELDS = (
    "consortium", "actionLine", "indicator", "period", "value", "new", "trailingYear", "cumulative", "low", "high",
    "numerator", "denominator", "reported", "expected", "trailingYearReported", "trailingYearExpected", "status",
    "unit", "withheld", "break",
)  # fmt: skip
"""Forms 1 and 2, for ever: another choice of fields is another form. In form 2 the full hash is sealed with a salt."""

NOW = ("nu", "now")
"""What stands for the present where a vintage is compared; so no code of a vintage."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Hashes:
    """SHA-256 of the figures as everybody may see them, and of the exact ones."""

    public: str
    full: str

    def sealed(self, salt: str) -> str:
        """What is published of the exact figures: with a salt it says nothing to who does not know the salt.

        Everybody sees it; without a salt, whoever knows nearly all figures could try out the few that are withheld.
        """
        return hashlib.sha256(f"{salt}\t{self.full}\n".encode()).hexdigest() if salt else self.full


@dataclass(frozen=True)
class Outlook:
    """What would be published: as of which entry, up to which quarter, with how many HIPs, and whether it is final."""

    seq: int
    last_quarter: Quarter
    reported: int
    expected: int
    is_final: bool


def outlook(*, actor: User, code: str = "", name: str = "", note: str = "", seq: int | None = None) -> Outlook:
    """What `publish` would publish, with the same refusals.

    Raises:
        NotPermitted, Refused, NotAllowedNow: as `publish`.
    """
    access.require(actor, Permission.CONFIGURE)
    entry, quarter = _chosen(code, name, note, seq)
    state = ledger.resolve(entry.seq)
    participants = Participants.of(state, Dimensions.read().quarters.values())
    return Outlook(
        seq=entry.seq,
        last_quarter=quarter,
        reported=participants.reported_in(None, quarter.index),
        expected=participants.expected_in(None, quarter.index),
        is_final=participants.is_final(state, quarter.index),
    )


@transaction.atomic
def publish(
    *,
    actor: User,
    code: str = "",
    name: str = "",
    note: str = "",
    seq: int | None = None,
    seen: tuple[int, str] | None = None,
) -> Vintage:
    """Name the figures as of a seq (by default the newest), with the hashes that prove them; for ever.

    Without a code it is the date in Amsterdam, with a number behind it where that is taken. `seen` is the seq and the
    last quarter that somebody has looked at: only those are published.

    Raises:
        NotPermitted: no programme manager.
        Refused: a code, text or seq that cannot be.
        NotAllowedNow: the code is taken, or there is nothing to publish yet.
        Stale: something else would be published than what was seen.
    """
    access.require(actor, Permission.CONFIGURE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    entry, quarter = _chosen(code, name, note, seq)
    if seen is not None and seen != (entry.seq, quarter.pk):
        raise Stale(_("The figures have changed since you looked."))
    # What is hashed has the slugs in it: none may change between the reckoning and the commit, after which the
    # database keeps them.
    list(Consortium.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    hashes, salt = hashes_of(entry.seq, quarter), secrets.token_hex(32)
    return Vintage.objects.create(
        code=code or _code_of_today(),
        name=name.strip(),
        note=note.strip(),
        entry=entry,
        last_quarter=quarter,
        published_at=clock.now(),
        published_by=actor,
        form=FORM,
        sha256=hashes.public,
        sha256_full=hashes.sealed(salt),
        salt=salt,
    )


def _chosen(code: str, name: str, note: str, seq: int | None) -> tuple[LedgerEntry, Quarter]:
    """The entry and the last quarter of what is asked for.

    Raises:
        Refused, NotAllowedNow.
    """
    newest = ledger.newest()
    problems = [
        *_check_code(code),
        *submission.check_text("/name", name, 200),
        *submission.check_text("/note", note, submission.MAX_TEXT),
        *_check_seq(seq, newest),
    ]
    if problems:
        raise Refused(problems)
    if code and Vintage.objects.filter(code=code).exists():
        raise NotAllowedNow(_("There is a vintage with this code already: a vintage does not change."))
    entry = LedgerEntry.objects.filter(seq=newest if seq is None else seq).first()
    quarter = _last_quarter(entry, is_newest=entry is not None and entry.seq == newest)
    if entry is None or quarter is None:
        raise NotAllowedNow(_("There is nothing to publish yet."))
    return entry, quarter


def _check_code(code: str) -> list[Problem]:
    if not code:
        return []
    if not _CODE.fullmatch(code):
        detail = _("Use letters, digits, dots, hyphens and underscores, and begin with a letter or a digit.")
        return [Problem("/id", "malformed", detail)]
    if code.lower() in NOW:
        return [Problem("/id", "reserved", _("This word stands for the figures as they are now."))]
    return submission.check_text("/id", code, 60)


def _check_seq(seq: int | None, newest: int) -> list[Problem]:
    if seq is None:
        return []
    if seq < 1:
        return [Problem("/seq", "out-of-range", _("The entries of the ledger are numbered from 1."))]
    if seq > newest:
        return [Problem("/seq", "future", _("The ledger has not come that far yet."))]
    return []


def _last_quarter(entry: LedgerEntry | None, *, is_newest: bool) -> Quarter | None:
    """The newest quarter that had ended: by now, or where the entry is no longer the newest, when it was written."""
    if entry is None or entry.recorded_at is None:
        return None
    day = clock.today() if is_newest else entry.recorded_at.astimezone(clock.AMSTERDAM).date()
    return Quarter.objects.filter(end_date__lt=day).order_by("-index").first()


def upto(before: Vintage, after: Vintage | None, dimensions: Dimensions) -> int:
    """The last quarter in which two vintages, or a vintage and the present (None), are compared."""
    if after is not None:
        return max(before.last_quarter.index, after.last_quarter.index)
    ended = [index for index, quarter in dimensions.quarters.items() if quarter.end_date < clock.today()]
    return max(ended, default=before.last_quarter.index)


def _code_of_today() -> str:
    day = clock.today().isoformat()
    taken = set(Vintage.objects.filter(code__startswith=day).values_list("code", flat=True))
    number = 1
    while (code := day if number == 1 else f"{day}-{number}") in taken:
        number += 1
    return code


# --- the hashes


def hashes_of(seq: int, last_quarter: Quarter) -> Hashes:
    """Both hashes, reckoned from the ledger alone."""
    dimensions, state = Dimensions.read(), ledger.resolve(seq)
    cells = rollups.compute(Selection(), state, dimensions)
    snapshots.keep(seq, cells, dimensions)
    within = Selection(quarters=[index for index in dimensions.quarters if index <= last_quarter.index])
    return _hashes(
        rollups.compute_leaves(within, state, dimensions),
        [cell for cell in cells if cell.quarter <= last_quarter.index],
        state,
        dimensions,
    )


def _hashes(leaves: Iterable[Leaf], cells: Iterable[Cell], state: State, dimensions: Dimensions) -> Hashes:
    exact = lines_of(leaves, cells, dimensions)
    shown = lines_of(rollups.public_leaves(leaves, state, dimensions), rollups.public(cells, state), dimensions)
    return Hashes(public=digest(shown), full=digest(exact))


def lines_of(leaves: Iterable[Leaf], cells: Iterable[Cell], dimensions: Dimensions) -> Iterator[bytes]:
    """A line for every figure and every roll-up."""
    for leaf in leaves:
        yield _line("figure", figure(leaf, dimensions), FIGURE_FIELDS)
    for cell in cells:
        yield _line("roll-up", roll_up(cell, dimensions), ROLL_UP_FIELDS)


def digest(lines: Iterable[bytes]) -> str:
    """Of the lines in the order of their bytes, whatever order they come in."""
    found = hashlib.sha256()
    for line in sorted(lines):
        found.update(line)
    return found.hexdigest()


def _line(kind: str, row: Mapping[str, Any], fields: Iterable[str]) -> bytes:
    return ("\t".join([kind, *(_plain(row[field]) for field in fields)]) + "\n").encode()


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).translate(_ESCAPED)


# --- the proof


def verify(vintage: Vintage) -> list[str]:
    """The hashes that are not what the ledger says, by their names in the API; none when all is well."""
    hashes = hashes_of(vintage.entry_id, vintage.last_quarter)
    return _differences(vintage, hashes)


def verify_all() -> Iterator[tuple[Vintage, list[str]]]:
    """As `verify`, for every vintage, newest first."""
    known: dict[tuple[int, str], Hashes] = {}
    for vintage in Vintage.objects.select_related("last_quarter"):
        key = (vintage.entry_id, vintage.last_quarter_id)
        if key not in known:
            known[key] = hashes_of(vintage.entry_id, vintage.last_quarter)
        yield vintage, _differences(vintage, known[key])


def _differences(vintage: Vintage, hashes: Hashes) -> list[str]:
    full = hashes.sealed(vintage.salt)
    pairs = {"sha256": (vintage.sha256, hashes.public), "sha256Full": (vintage.sha256_full, full)}
    return [name for name, (published, found) in pairs.items() if published != found]


# --- what they cover


def coverage_of(published: Sequence[Vintage]) -> dict[int, tuple[int, int]]:
    """By vintage: how many HIPs had reported its last quarter, and how many were expected to."""
    ends = [vintage.last_quarter for vintage in published]
    reports = (
        LedgerEntry.objects.filter(report__quarter__in=ends)
        .order_by("seq")
        .values_list("seq", "report__consortium", "report__quarter__index", "version", "version__number")
    )
    participations = (
        LedgerEntry.objects.filter(kind=EntryKind.PARTICIPATION)
        .order_by("seq")
        .values_list("seq", "consortium", "start_date", "end_date")
    )
    found = {}
    for vintage in published:
        seq, last = vintage.entry_id, vintage.last_quarter
        newest = {
            hip: Counting(at, hip, quarter, version, number)
            for at, hip, quarter, version, number in reports
            if at <= seq and quarter == last.index
        }
        state = State(
            seq=seq,
            counting=tuple(row for row in newest.values() if row.version_id is not None),
            takes_part={hip: (first, end) for at, hip, first, end in participations if at <= seq and hip and first},
            closed=frozenset(),
            definitions={},
            revisions={},
            links={},
        )
        participants = Participants.of(state, [last])
        found[vintage.pk] = participants.reported_in(None, last.index), participants.expected_in(None, last.index)
    return found


# --- what a step would make of them


def contradicted(changes: Sequence[Change], dimensions: Dimensions) -> list[Vintage]:
    """The vintages with a figure that is not the one to which these changes lead, newest first.

    They stay as they are: this says which of them then differ from what holds.
    """
    if not changes:
        return []
    first = min(change.after.quarter for change in changes)
    published = Vintage.objects.filter(last_quarter__index__gte=first).select_related("last_quarter", "entry")
    by_seq: dict[int, list[Vintage]] = {}
    for vintage in published:
        by_seq.setdefault(vintage.entry_id, []).append(vintage)
    found = []
    for snapshot in snapshots.each_as_of(list(by_seq), dimensions):
        for last in {vintage.last_quarter.index for vintage in by_seq[snapshot.seq]}:
            if any(_differs(snapshot, change) for change in changes if change.after.quarter <= last):
                found += [row for row in by_seq[snapshot.seq] if row.last_quarter.index == last]
    return sorted(found, key=lambda row: (row.published_at, row.pk), reverse=True)


def _differs(snapshot: Snapshot, change: Change) -> bool:
    after = change.after
    then = snapshot.cell((after.consortium_id, after.action_line_id, after.indicator_id, after.quarter))
    if then is None:
        return False
    return (then.measures, then.low, then.high) != (after.measures, after.low, after.high)
