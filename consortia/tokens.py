"""API tokens: made once, kept as a digest, revoked, and recognised on a request."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import access, clock
from consortia.errors import NotPermitted
from consortia.models import ApiToken, Scope, User

PREFIX = "ptvt_"
"""Lets secret scanners recognise a key that leaked."""

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
) -> tuple[ApiToken, str]:
    """Make a token for the user; all scopes of their roles unless fewer are named.

    Returns the token and its key. The key exists nowhere else.

    Raises:
        NotPermitted: a scope that none of the user's roles can use, or no role at all.
    """
    chosen = list(scopes) if scopes is not None else access.scopes_of(user)
    if not chosen:
        raise NotPermitted(_("This user has no role that a token could use."))
    access.require_scopes(user, chosen)
    key = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=_digest(key), hint=key[:9], scopes=chosen, expires_at=expires_at
    )
    return token, key


def recognise(key: str) -> ApiToken | None:
    """The usable token with this key, its user loaded; None for any other text."""
    token = ApiToken.objects.usable().select_related("user").filter(digest=_digest(key)).first()
    if token is None:
        return None
    moment = clock.now()
    if token.last_used_at is None or moment - token.last_used_at > _USED_AGAIN_AFTER:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
    return token


@transaction.atomic
def revoke(*, token: ApiToken) -> None:
    """End the token now; doing it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
