"""Keys for machines: programs that work for the programme, whoever of the office comes and goes.

A machine is an account that nobody signs in with. It stands by its purpose wherever it is said who did something, has
the least role that its scopes need, and never reviews.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from consortia import access, tokens
from consortia.access import Permission
from consortia.errors import Problem, Refused
from consortia.models import ApiToken, Consortium, Membership, Scope, User

LONGEST_NAME = 100


@transaction.atomic
def issue(
    *,
    actor: User,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None,
    consortium: Consortium | None = None,
) -> tuple[ApiToken, str]:
    """Make a machine with this purpose, and its key; returns both the token and the key, which exists nowhere else.

    Raises:
        NotPermitted: no programme manager.
        Refused: no purpose, no end, scopes that are missing or not for machines, or as for `tokens.issue`.
    """
    access.require(actor, Permission.CONFIGURE)
    chosen = [Scope(each) for each in scopes]
    if problems := [*_wrong_name(name.strip()), *_wrong_scopes(chosen, consortium), *_wrong_end(expires_at)]:
        raise Refused(problems)
    key = uuid.uuid4()
    # An address that never gets mail: `.invalid` is kept free for that (RFC 6761).
    machine = User(pk=key, email=f"{key}@machine.invalid", name=name.strip(), is_machine=True)
    machine.set_unusable_password()
    machine.save()
    role = access.role_for(chosen, consortium)
    Membership.objects.create(user=machine, role=role, consortium=consortium)
    return tokens.issue(user=machine, name=machine.name, scopes=chosen, expires_at=expires_at, consortium=consortium)


def _wrong_name(name: str) -> list[Problem]:
    if not name:
        return [Problem("/name", "required", _("Say what the machine does: it stands under that name in the history."))]
    if len(name) > LONGEST_NAME:
        return [Problem("/name", "too-long", _("At most %(number)d characters.") % {"number": LONGEST_NAME})]
    return []


def _wrong_scopes(scopes: Sequence[Scope], consortium: Consortium | None) -> list[Problem]:
    if not scopes:
        return tokens.no_scopes(scopes)
    if Scope.REVIEW in scopes:
        return [Problem("/scopes", "not-for-machines", _("Only a person reviews: leave that scope out."))]
    if Scope.MANAGE in scopes and consortium is not None:
        return [Problem("/scopes", "whole-programme", _("Managing is of the whole programme: leave the HIP empty."))]
    return []


def _wrong_end(expires_at: datetime | None) -> list[Problem]:
    if expires_at is None:
        return [Problem("/expiresAt", "required", _("Say until when: nobody thinks of a key that never ends."))]
    return tokens.wrong_end(expires_at)
