"""Asking to be sent the entries of the ledger (webhooks): making, replaying, a new secret, an end.

How they are sent stands in `webhook_delivery`. A webhook that is made with a key to the API is the key's: it is seen
and changed by that key alone, sees what the key sees, and ends with it. The page shows all of one's own.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consortia import access, clock, outbound
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Problem, Refused
from consortia.models import ApiToken, Consortium, User
from impact import ledger
from impact.models import Webhook

MOST = 10
"""Of one person."""


def of(actor: User, token: ApiToken | None = None) -> QuerySet[Webhook]:
    """The actor's own, and for the office those of machines; with a key those of the key. The newest first."""
    rows = Webhook.objects.select_related("consortium", "owner", "token")
    if token is not None:
        return rows.filter(owner=actor, token=token)
    is_theirs = Q(owner=actor)
    if access.allows(actor, Permission.CONFIGURE):
        is_theirs |= Q(owner__is_machine=True)
    return rows.filter(is_theirs)


def find(*, actor: User, webhook: UUID, token: ApiToken | None = None) -> Webhook:
    """Raises `NotVisible`: there is none, or it is another's."""
    found = of(actor, token).filter(pk=webhook).first()
    if found is None:
        raise NotVisible(_("There is no such webhook."))
    return found


@transaction.atomic
def add(
    *,
    actor: User,
    url: str,
    consortium: str | None = None,
    after: int | None = None,
    token: ApiToken | None = None,
) -> Webhook:
    """Ask for the entries after `after`, from now on unless it is given; of all, or of one HIP and the programme.

    Raises:
        NotPermitted: the actor has no role.
        NotAllowedNow: they have as many as anybody may have.
        Refused: all that is wrong with the address, the HIP and the seq.
    """
    if not access.scopes_of(actor):
        raise NotPermitted(_("Your role does not allow this."))
    problems = outbound.problems(url, "/url")
    hip = Consortium.objects.filter(slug=consortium).first() if consortium else None
    if consortium and hip is None:
        problems.append(Problem("/consortium", "unknown", _("There is no such HIP.")))
    newest = ledger.newest()
    problems += _wrong_seq(after, newest)
    if problems:
        raise Refused(problems)
    # Two at once must not make one more than there may be.
    User.objects.select_for_update().get(pk=actor.pk)
    if Webhook.objects.filter(owner=actor).count() >= MOST:
        raise NotAllowedNow(_("You have %(number)d webhooks; remove one first.") % {"number": MOST})
    start = newest if after is None else after
    return Webhook.objects.create(owner=actor, token=token, address=url, consortium=hip, delivered_seq=start)


@transaction.atomic
def replay(*, actor: User, webhook: UUID, after: int, token: ApiToken | None = None) -> Webhook:
    """Send everything after this entry again; a webhook that was stopped goes on.

    Raises:
        NotVisible.
        Refused: an entry that is still to come.
    """
    found = _locked(actor, webhook, token)
    if problems := _wrong_seq(after, ledger.newest()):
        raise Refused(problems)
    found.delivered_seq, found.failures = after, 0
    found.sending_seq = found.next_attempt_at = found.claimed_until = found.disabled_at = None
    found.save()
    return found


@transaction.atomic
def renew_secret(*, actor: User, webhook: UUID, token: ApiToken | None = None) -> Webhook:
    """From now on messages are signed with another secret; for a day also with the one before.

    Raises:
        NotVisible.
    """
    found = _locked(actor, webhook, token)
    found.generation += 1
    found.renewed_at = clock.now()
    found.save(update_fields=["generation", "renewed_at"])
    return found


@transaction.atomic
def remove(*, actor: User, webhook: UUID, token: ApiToken | None = None) -> None:
    """Send nothing any more, and forget it.

    Raises:
        NotVisible.
    """
    _locked(actor, webhook, token).delete()


def _locked(actor: User, webhook: UUID, token: ApiToken | None) -> Webhook:
    find(actor=actor, webhook=webhook, token=token)
    return Webhook.objects.select_for_update().get(pk=webhook)


def _wrong_seq(after: int | None, newest: int) -> list[Problem]:
    if after is None or 0 <= after <= newest:
        return []
    return [Problem("/after", "out-of-range", _("Give a seq from 0 to %(newest)d.") % {"newest": newest})]
