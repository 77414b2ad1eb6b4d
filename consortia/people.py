"""Commands on accounts: who has one, which roles go with it, and which key to the API.

A person is never deleted: what they did stays theirs. What is done here stands in the history of the administration.
"""

from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import access, tokens
from consortia.access import Permission
from consortia.errors import NotAllowedNow, Problem, Refused
from consortia.models import ApiToken, Consortium, Membership, Scope, User

MISPLACED = gettext_lazy("Coordinators and contributors have a HIP, other roles have none; nobody has a role twice.")


@transaction.atomic
def create_user(*, actor: User, email: str, name: str = "", language: str = "nl") -> User:
    """Give somebody an account, without a password: they choose one by "forgot password".

    Raises:
        NotPermitted: no programme manager.
        Refused: no e-mail address, or somebody has it already.
    """
    access.require(actor, Permission.CONFIGURE)
    user = User(email=email.strip().lower(), name=name.strip(), language=language)
    user.set_unusable_password()
    _require_own_address(user)
    _validate(user)
    user.save()
    return user


@transaction.atomic
def describe(*, actor: User, user: User, name: str, language: str) -> User:
    """Another name, or another language to be written to in.

    Raises:
        NotPermitted: no programme manager.
        Refused: a name that is too long, or a language that the portal does not speak.
    """
    access.require(actor, Permission.CONFIGURE)
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.name, stored.language = name.strip(), language
    _validate(stored)
    stored.save(update_fields=["name", "language"])
    return stored


@transaction.atomic
def change_email(*, actor: User, user: User, email: str) -> User:
    """Another address to sign in with; the old one, and a link that was sent to it, are of no use any more.

    Raises:
        NotPermitted: no programme manager.
        Refused: no e-mail address, or somebody has it already.
    """
    access.require(actor, Permission.CONFIGURE)
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.email = email.strip().lower()
    _require_own_address(stored)
    _validate(stored)
    stored.save(update_fields=["email"])
    # The sign-in keeps a list of addresses of its own, and would go on accepting the old one.
    EmailAddress.objects.filter(user=stored).delete()
    return stored


@transaction.atomic
def deactivate(*, actor: User, user: User) -> User:
    """Take away the account: no sign-in, no token, from the next request on.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: nobody would be left to configure the programme.
    """
    access.require(actor, Permission.CONFIGURE)
    _lock_the_office()
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.is_active = False
    stored.save(update_fields=["is_active"])
    _require_an_office()
    return stored


@transaction.atomic
def reactivate(*, actor: User, user: User) -> User:
    """Give the account back, with the roles that it had.

    Raises:
        NotPermitted: no programme manager.
    """
    access.require(actor, Permission.CONFIGURE)
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.is_active = True
    stored.save(update_fields=["is_active"])
    return stored


@transaction.atomic
def give_role(*, actor: User, user: User, role: str, consortium: Consortium | None = None) -> Membership:
    """Give a person a role, in the programme or in one HIP.

    Raises:
        NotPermitted: no programme manager.
        Refused: the role does not go with the HIP or its absence, or the person has it; or it is no person.
    """
    access.require(actor, Permission.CONFIGURE)
    if user.is_machine:
        raise Refused([Problem("/user", "machine", _("What a machine may do is chosen with its key."))])
    membership = Membership(user=user, role=role, consortium=consortium)
    _validate(membership)
    membership.save()
    return membership


@transaction.atomic
def take_role(*, actor: User, membership: Membership) -> None:
    """Take a role away; what was done in it stays.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: nobody would be left to configure the programme.
    """
    access.require(actor, Permission.CONFIGURE)
    _lock_the_office()
    Membership.objects.filter(pk=membership.pk).delete()
    _require_an_office()


@transaction.atomic
def issue_token(
    *,
    actor: User,
    user: User,
    name: str = "",
    scopes: Sequence[Scope] = (),
    expires_at: datetime | None = None,
    consortium: Consortium | None = None,
) -> tuple[ApiToken, str]:
    """Make a key to the API for somebody: all scopes that they can use unless some are named.

    Reviewing is a person's own judgement, so nobody gets a key with that scope from somebody else.

    Raises:
        NotPermitted: no programme manager, or a scope that the user cannot use.
        Refused: a key to review with, for somebody else; or as for `tokens.issue`.
    """
    access.require(actor, Permission.CONFIGURE)
    chosen = list(scopes) or access.scopes_of(user)
    if actor.pk != user.pk and Scope.REVIEW in chosen:
        if scopes:
            detail = _("A key to review with is made by the reviewer alone: leave that scope out.")
            raise Refused([Problem("/scopes", "not-for-others", detail)])
        chosen.remove(Scope.REVIEW)
    return tokens.issue(user=user, name=name.strip(), scopes=chosen, expires_at=expires_at, consortium=consortium)


def _lock_the_office() -> None:
    """Two managers who put each other out at the same moment wait here, and the second one is refused."""
    list(Membership.objects.filter(consortium__isnull=True).order_by("pk").select_for_update())


def _require_an_office() -> None:
    everywhere = User.objects.filter(is_active=True, is_machine=False, memberships__consortium__isnull=True).distinct()
    if not any(access.allows(user, Permission.CONFIGURE) for user in everywhere):
        raise NotAllowedNow(_("Nobody would be left to configure the programme."))


def _require_own_address(user: User) -> None:
    if User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        raise Refused([Problem("/email", "taken", _("Somebody has an account with this address."))])


def _validate(row: User | Membership) -> None:
    try:
        row.full_clean(exclude=["password"] if isinstance(row, User) else [])
    except ValidationError as error:
        problems = [
            Problem("/consortium", "misplaced", str(MISPLACED))
            if name == NON_FIELD_ERRORS
            else Problem(f"/{name}", "invalid", message)
            for name, messages in error.message_dict.items()
            for message in messages
        ]
        raise Refused(problems) from error
