"""Commands on invitations: an account, its role, and a mail with a link to choose a password.

The link works once and for `VALID`; only its digest is kept, so nobody can read it back from the database. Sending it
again makes the one before useless. Nothing here tells an outsider whether an address has an account.
"""

import hashlib
import secrets
from datetime import timedelta
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import access, clock, notifications, people
from consortia.access import Permission
from consortia.errors import NotAllowedNow, NotVisible
from consortia.message_kinds import About, Kind, Placeholder
from consortia.models import Consortium, Invitation, User

VALID = timedelta(days=14)


def _still_works(user: User, about: About) -> bool:
    return Invitation.objects.open().filter(pk=about["invitation"], expires_at__gt=clock.now()).exists()


INVITATION = Kind(
    code="invitation",
    label=gettext_lazy("invitation"),
    subject=gettext_lazy("Your account on the impact portal"),
    body=gettext_lazy(
        "Hello {name},\n\n{inviter} made an account for you on the impact portal of the High Impact PPS’en: "
        "{roles}.\n\nChoose a password to begin. The link works once, until {until}. If you did not expect this, you "
        "need not do anything."
    ),
    action=gettext_lazy("Choose a password"),
    placeholders={
        "inviter": Placeholder(gettext_lazy("who invites"), "Mieke Jansen"),
        "roles": Placeholder(gettext_lazy("the roles of who gets it"), gettext_lazy("HIP coordinator")),
        "until": Placeholder(gettext_lazy("until when the link works"), "3-10-2026"),
    },
    is_essential=True,
    # Who gets it has no settings yet.
    audience=(),
    still_holds=_still_works,
)


class State(Enum):
    """Where a link stands for who follows it."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


@transaction.atomic
def invite(
    *, actor: User, email: str, role: str, name: str = "", language: str = "nl", consortium: Consortium | None = None
) -> User:
    """Make an account with a role, and mail its owner a link to choose a password.

    Raises:
        NotPermitted: no programme manager.
        Refused: no e-mail address, or somebody has it already; or the role does not go with the HIP or its absence.
    """
    user = people.create_user(actor=actor, email=email, name=name, language=language)
    people.give_role(actor=actor, user=user, role=role, consortium=consortium)
    send(actor=actor, user=user)
    return user


@transaction.atomic
def send(*, actor: User, user: User) -> Invitation:
    """Mail somebody without a password a new link; one that was sent before is of no use any more.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: the account is not active, has a password, or has no role.
    """
    access.require(actor, Permission.CONFIGURE)
    stored = User.objects.select_for_update().get(pk=user.pk)
    if not stored.is_active:
        raise NotAllowedNow(_("The account is not active: reactivate it first."))
    if stored.has_usable_password():
        raise NotAllowedNow(
            _("%(name)s has a password already; “Forgot password” on the sign-in page gives a new one.")
            % {"name": stored}
        )
    roles = ", ".join(str(membership) for membership in stored.memberships.select_related("consortium"))
    if not roles:
        raise NotAllowedNow(_("Give %(name)s a role first: without one there is nothing to see.") % {"name": stored})
    now = clock.now()
    Invitation.objects.open().filter(user=stored).update(revoked_at=now)
    key = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        user=stored, invited_by=actor, digest=_digest(key), created_at=now, expires_at=now + VALID
    )
    notifications.tell(
        user=stored,
        kind=INVITATION.code,
        cause=f"{INVITATION.code}:{made.pk}",
        context={"inviter": str(actor), "roles": roles, "until": made.expires_at.astimezone(clock.AMSTERDAM).date()},
        url=notifications.place("invitation", key),
        about={"invitation": str(made.pk)},
        in_portal=False,
    )
    return made


@transaction.atomic
def revoke(*, actor: User, user: User) -> None:
    """Make the link that was mailed useless.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: there is no link that works.
    """
    access.require(actor, Permission.CONFIGURE)
    if not Invitation.objects.open().filter(user=user).update(revoked_at=clock.now()):
        raise NotAllowedNow(_("There is no invitation that could be used."))


def find(key: str) -> tuple[Invitation, State]:
    """The invitation of a link, and whether it works; a revoked one is as good as expired.

    Raises:
        NotVisible: no such link was ever mailed.
    """
    found = Invitation.objects.select_related("user").filter(digest=_digest(key)).first()
    if found is None:
        raise NotVisible(_("This link is not known."))
    if found.used_at is not None:
        return found, State.USED
    if found.revoked_at is not None or found.expires_at <= clock.now() or not found.user.is_active:
        return found, State.EXPIRED
    return found, State.OPEN


@transaction.atomic
def accept(*, key: str, name: str, password: str) -> User:
    """Give the account its first password, and its owner's name as they write it; the link is of no use any more.

    Raises:
        NotVisible: no such link was ever mailed.
        NotAllowedNow: it was used, or works no longer; of two at the same moment the second comes here.
    """
    found, _state = find(key)
    user = User.objects.select_for_update().get(pk=found.user_id)
    _found, state = find(key)
    if state != State.OPEN or user.has_usable_password():
        raise NotAllowedNow(_("This link works no longer."))
    user.set_password(password)
    user.name = name.strip() or user.name
    user.save(update_fields=["password", "name"])
    Invitation.objects.filter(pk=found.pk).update(used_at=clock.now())
    return user


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
