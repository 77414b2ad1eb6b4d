"""Commands on links between organisations: merge, succession and undoing; and what one of them would change.

Rows keep the organisation as reported: a link is an entry of the ledger, which acts when figures are read.
Source: docs/semantics.md, "Rows keep the organisation as reported", "Merge" and "Succession".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import access
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible, Problem, Refused
from consortia.models import Organisation, User
from impact import effects, identities, ledger, programme, register, submission
from impact.effects import Effect
from impact.ledger import Link, State
from impact.models import LINKS, EntryKind, LedgerEntry
from impact.rollups import Dimensions


@dataclass(frozen=True)
class Asked:
    """A link that can be laid: both sides are known and nothing stands in its way."""

    kind: EntryKind
    source: Organisation
    target: Organisation


@transaction.atomic
def link(
    *, actor: User, kind: str, source: UUID | str, target: UUID | str, reason: str, seen: int | None = None
) -> LedgerEntry:
    """From now on the organisation `source` counts as `target`.

    `seen` is the seq of the ledger at which the actor saw what would change.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: `source` is linked already, or the link would close a circle.
        Refused: an unknown kind or organisation, no reason or one that cannot be stored.
        Stale: the ledger has moved since `seen`.
    """
    _lock()
    access.require(actor, Permission.CONFIGURE)
    asked = judge(kind=kind, source=source, target=target, reason=reason, links=ledger.links())
    programme.require_unmoved(seen)
    return programme.record(asked.kind, actor, reason, from_organisation=asked.source, to_organisation=asked.target)


@transaction.atomic
def undo(*, actor: User, seq: int, reason: str = "", seen: int | None = None) -> LedgerEntry:
    """Undo the link that entry `seq` of the ledger laid: every figure is again what it would be without it.

    Raises:
        NotVisible: there is no such link.
        NotPermitted: no programme manager.
        NotAllowedNow: it was undone already.
        Refused: a reason that cannot be stored.
        Stale: the ledger has moved since `seen`.
    """
    _lock()
    entry = LedgerEntry.objects.filter(pk=seq, kind__in=LINKS).first()
    if entry is None:
        raise NotVisible(_("There is no such link."))
    access.require(actor, Permission.CONFIGURE)
    if LedgerEntry.objects.filter(undoes=entry).exists():
        raise NotAllowedNow(_("This link was undone already."))
    programme.require_unmoved(seen)
    return programme.record(EntryKind.UNDO, actor, reason, undoes=entry)


def _lock() -> None:
    """In the order in which an acceptance takes its locks: organisations, then the ledger."""
    identities.lock_to_refer()
    ledger.lock()


def judge(*, kind: str, source: UUID | str, target: UUID | str, reason: str, links: Mapping[UUID, Link]) -> Asked:
    """What is asked for, once nothing stands in its way among these links.

    Raises:
        NotAllowedNow: `source` is linked already, or the link would close a circle.
        Refused: everything that is wrong with what was given, at once.
    """
    found = {name: register.listed(given) for name, given in (("from", source), ("to", target))}
    first, second = found["from"], found["to"]
    if first is not None and first.pk in links:
        raise NotAllowedNow(_("This organisation is linked already. Undo that link first."))
    if first is not None and second is not None and first.pk in _path(second.pk, links):
        raise NotAllowedNow(_("The organisation to link to counts, itself or through others, as this one already."))
    problems = [] if kind in LINKS else [Problem("/kind", "unknown", _("Choose merge or succession."))]
    problems += [
        Problem(f"/{name}", "unknown", _("There is no such organisation."))
        for name, organisation in found.items()
        if organisation is None
    ]
    if not reason.strip():
        problems.append(Problem("/reason", "required", _("Give a reason.")))
    problems += submission.check_text("/reason", reason, submission.MAX_TEXT)
    if problems or first is None or second is None:
        raise Refused(problems)
    return Asked(EntryKind(kind), first, second)


def _path(organisation: UUID, links: Mapping[UUID, Link]) -> list[UUID]:
    """The organisation, and those that it counts as."""
    path = [organisation]
    while (link := links.get(path[-1])) is not None:
        path.append(link.target)
    return path


# --- before it is taken


def effect_of_link(asked: Asked, state: State, dimensions: Dimensions) -> Effect:
    """What the link would change."""
    supposed = Link(state.seq, asked.kind, asked.source.pk, asked.target.pk)
    return effects.of_links({**state.links, asked.source.pk: supposed}, state, dimensions)


def effect_of_undo(link: Link, state: State, dimensions: Dimensions) -> Effect:
    """What undoing this link would change."""
    others = {source: each for source, each in state.links.items() if source != link.source}
    return effects.of_links(others, state, dimensions)
