"""API tokens: made once, kept as a digest, revoked, and recognised on a request."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.errors import NotAllowedNow, NotPermitted, NotVisible, Problem, Refused
from consortia.models import ApiToken, Consortium, Scope, User

PREFIX = "ptvt_"
"""Lets secret scanners recognise a key that leaked."""

MOST_OWN = 20
"""Usable keys of one person."""

_USED_AGAIN_AFTER = timedelta(minutes=1)


def _digest(key: str) -> str:
    # 256 random bits need no salt or stretching: there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def issue(
    *,
    user: User,
    name: str = "",
    scopes: Sequence[Scope] | None = None,
    expires_at: datetime | None = None,
    consortium: Consortium | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for the user; all scopes of their roles unless fewer are named; for one HIP only, if that is named.

    Returns the token and its key. The key exists nowhere else.

    Raises:
        NotPermitted: a scope that none of the user's roles can use, or no role at all.
        Refused: all that is wrong with how long it is valid and for which HIP.
    """
    chosen = list(scopes) if scopes is not None else access.scopes_of(user)
    if not chosen:
        raise NotPermitted(_("This user has no role that a token could use."))
    access.require_scopes(user, chosen)
    if problems := [*wrong_end(expires_at), *_wrong_place(user, consortium)]:
        raise Refused(problems)
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=_digest(key),
        hint=key[:9],
        scopes=chosen,
        expires_at=expires_at,
        consortium=consortium,
    )
    return token, key


def wrong_end(expires_at: datetime | None) -> list[Problem]:
    if expires_at is None or expires_at > clock.now():
        return []
    return [Problem("/expiresAt", "in-the-past", _("Choose a day that is still to come."))]


def no_scopes(scopes: Sequence[Scope]) -> list[Problem]:
    return [] if scopes else [Problem("/scopes", "required", _("Choose at least one thing that the key may do."))]


def _wrong_place(user: User, consortium: Consortium | None) -> list[Problem]:
    hips = access.consortia_with_role(user)
    if consortium is None or hips is None or consortium.pk in hips:
        return []
    return [Problem("/consortium", "unknown", _("This user has no role for this HIP."))]


def recognise(key: str) -> ApiToken | None:
    """The usable token with this key, its user loaded; None for any other text."""
    token = ApiToken.objects.usable().select_related("user").filter(digest=_digest(key)).first()
    if token is None:
        return None
    moment = clock.now()
    if token.last_used_at is None or moment - token.last_used_at > _USED_AGAIN_AFTER:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
    return token


# --- one's own


def own(actor: User) -> QuerySet[ApiToken]:
    """The keys of a person, those that are no longer valid as well; the newest first."""
    return ApiToken.objects.filter(user=actor).select_related("consortium")


@transaction.atomic
def make_own(
    *,
    actor: User,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None,
    consortium: Consortium | None = None,
) -> tuple[ApiToken, str]:
    """Make a key for oneself; what it is for has to be said, so that it is recognised later.

    Raises:
        NotPermitted: as for `issue`.
        NotAllowedNow: there are as many usable ones as anybody may have.
        Refused: a name or a scope is missing, or as for `issue`.
    """
    missing = []
    if not name.strip():
        missing.append(Problem("/name", "required", _("Say what the key is for.")))
    missing += no_scopes(scopes)
    if missing:
        raise Refused([*missing, *wrong_end(expires_at), *_wrong_place(actor, consortium)])
    # Two windows at once must not make one more than there may be.
    User.objects.select_for_update().get(pk=actor.pk)
    if ApiToken.objects.usable().filter(user=actor).count() >= MOST_OWN:
        detail = _("You have %(number)d keys that are valid. Revoke one that is no longer used.") % {"number": MOST_OWN}
        raise NotAllowedNow(detail)
    return issue(user=actor, name=name.strip(), scopes=scopes, expires_at=expires_at, consortium=consortium)


@transaction.atomic
def revoke_own(*, actor: User, token: UUID) -> ApiToken:
    """End one of one's own keys now.

    Raises:
        NotVisible: it is not theirs.
    """
    found = own(actor).filter(pk=token).first()
    if found is None:
        raise NotVisible(_("There is no such key."))
    revoke(token=found)
    return found


@transaction.atomic
def revoke(*, token: ApiToken) -> None:
    """End the token now; doing it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
