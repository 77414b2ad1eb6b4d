"""Who may do what. The only module that looks at a role; everything else asks for a permission.

Fail closed: an inactive or anonymous user, or a role that is not in the table, may nothing.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consortia.errors import NotPermitted
from consortia.models import Consortium, Membership, Role, Scope, User


class Permission(Enum):
    """What commands and pages ask for. The Dutch office words stand in the manual."""

    SEE_REPORTS = auto()
    """Everything of a HIP's reports: drafts, versions, events, organisations."""
    SEE_COUNTING = auto()
    """What counts, with the organisations in it."""
    FILL = auto()
    SUBMIT = auto()
    REVIEW = auto()
    CORRECT = auto()
    WITHDRAW = auto()
    SEE_FINANCE = auto()
    """What was planned and spent: budgets, deviations, the year overview for RVO."""
    CONFIGURE = auto()
    """Reference data, roles, quarters, goals, the admin."""


_P = Permission
_GRANTS: dict[str, frozenset[Permission]] = {
    Role.MANAGER: frozenset(
        {_P.SEE_REPORTS, _P.SEE_COUNTING, _P.SEE_FINANCE, _P.FILL, _P.SUBMIT, _P.CORRECT, _P.WITHDRAW, _P.CONFIGURE}
    ),
    Role.REVIEWER: frozenset({_P.SEE_REPORTS, _P.SEE_COUNTING, _P.SEE_FINANCE, _P.REVIEW}),
    Role.READER: frozenset({_P.SEE_COUNTING}),
    Role.COORDINATOR: frozenset({_P.SEE_REPORTS, _P.SEE_COUNTING, _P.SEE_FINANCE, _P.FILL, _P.SUBMIT, _P.CORRECT}),
    Role.CONTRIBUTOR: frozenset({_P.SEE_REPORTS, _P.SEE_COUNTING, _P.SEE_FINANCE, _P.FILL}),
}
_SCOPES: dict[str, tuple[Scope, ...]] = {
    Role.MANAGER: (Scope.READ, Scope.REPORT, Scope.MANAGE),
    Role.REVIEWER: (Scope.READ, Scope.REVIEW),
    Role.READER: (Scope.READ,),
    Role.COORDINATOR: (Scope.READ, Scope.REPORT),
    Role.CONTRIBUTOR: (Scope.READ, Scope.REPORT),
}


def _grants(user: Any) -> dict[int | None, frozenset[Permission]]:
    """Permissions by HIP id; under None those that hold in the whole programme. Read once a request."""
    if not isinstance(user, User) or not user.is_active:
        return {}
    known: dict[int | None, frozenset[Permission]] | None = getattr(user, "_access_grants", None)
    if known is None:
        known = {}
        for role, consortium_id in user.memberships.values_list("role", "consortium_id"):
            known[consortium_id] = known.get(consortium_id, frozenset()) | _GRANTS.get(role, frozenset())
        # By name, so that it is kept at the user itself and not at the lazy stand-in that a request has.
        setattr(user, "_access_own", {pk for pk in known if pk is not None})  # noqa: B010
        only = getattr(user, "_only_in", None)
        if only is not None:
            known = {only: known.get(None, frozenset()) | known.get(only, frozenset())}
        setattr(user, "_access_grants", known)  # noqa: B010
    return known


def narrow(user: User, consortium: int) -> None:
    """From here on this user may do in one HIP what they may there, and nothing elsewhere or in the whole programme."""
    # Kept at the user, which lives as long as the request.
    user._only_in = consortium  # type: ignore[attr-defined]
    user._access_grants = None  # type: ignore[attr-defined]


def allows(user: Any, permission: Permission, consortium: Consortium | int | None = None) -> bool:
    """Whether the user has the permission, in this HIP or in the whole programme."""
    grants = _grants(user)
    if permission in grants.get(None, frozenset()):
        return True
    consortium_id = consortium.pk if isinstance(consortium, Consortium) else consortium
    return consortium_id is not None and permission in grants.get(consortium_id, frozenset())


def allows_somewhere(user: Any, permission: Permission) -> bool:
    """Whether there is any HIP, or the programme, where the user has the permission."""
    return any(permission in granted for granted in _grants(user).values())


def allows_in_own(user: Any, permission: Permission) -> bool:
    """Whether a role in some HIP itself gives the user the permission; one in the whole programme does not count."""
    return any(permission in granted for pk, granted in _grants(user).items() if pk in _own_hips(user))


def consortia_with_role(user: Any) -> set[int] | None:
    """The ids of the HIPs where a role gives the user anything; None stands for all of them."""
    grants = _grants(user)
    return None if grants.get(None) else {pk for pk, granted in grants.items() if pk is not None and granted}


def belongs_to(user: Any, consortium_id: int) -> bool:
    """Whether the user has a role in this HIP itself."""
    return consortium_id in _grants(user) and consortium_id in _own_hips(user)


def _own_hips(user: Any) -> set[int]:
    """Where they have a role of the HIP itself, also while a key narrows what they may do."""
    own: set[int] = getattr(user, "_access_own", set())
    return own


def consortia_where(user: Any, permission: Permission) -> set[int] | None:
    """The ids of the HIPs where the user has the permission; None stands for all of them."""
    grants = _grants(user)
    if permission in grants.get(None, frozenset()):
        return None
    return {pk for pk, granted in grants.items() if pk is not None and permission in granted}


def holders(permission: Permission, consortium: Consortium | int | None = None) -> QuerySet[User]:
    """The people with an account who have the permission in the whole programme, or in this HIP; by name."""
    consortium_id = consortium.pk if isinstance(consortium, Consortium) else consortium
    roles = [role for role, granted in _GRANTS.items() if permission in granted]
    held = Membership.objects.filter(Q(consortium=consortium_id) | Q(consortium__isnull=True), role__in=roles)
    return User.objects.filter(is_active=True, is_machine=False, pk__in=held.values("user")).order_by("name", "email")


def consortia_without(permission: Permission) -> QuerySet[Consortium]:
    """The HIPs in which nobody of their own has the permission; who has it everywhere does not count."""
    roles = [role for role, granted in _GRANTS.items() if permission in granted]
    held = Membership.objects.filter(
        role__in=roles, consortium__isnull=False, user__is_active=True, user__is_machine=False
    )
    return Consortium.objects.exclude(pk__in=held.values("consortium"))


def members(permission: Permission, consortium: Consortium | int) -> QuerySet[User]:
    """The people of the HIP itself who have the permission there; nobody of the programme office. By name."""
    roles = [role for role, granted in _GRANTS.items() if permission in granted]
    held = Membership.objects.filter(consortium=consortium, role__in=roles)
    return User.objects.filter(is_active=True, is_machine=False, pk__in=held.values("user")).order_by("name", "email")


def require(user: Any, permission: Permission, consortium: Consortium | int | None = None) -> None:
    """Go on only with the permission.

    Raises:
        NotPermitted: the user's roles do not give it.
    """
    if not allows(user, permission, consortium):
        raise NotPermitted(_("Your role does not allow this."))


def scopes_of(user: User) -> list[Scope]:
    """The token scopes that the user's roles can use, in a fixed order."""
    held: set[Scope] = set()
    for role in user.memberships.values_list("role", flat=True):
        held.update(_SCOPES.get(role, ()))
    return [scope for scope in Scope if scope in held]


def role_for(scopes: Iterable[Scope], consortium: Consortium | None) -> Role:
    """The role of a machine that is to use these scopes: the one that gives the least.

    Raises:
        NotPermitted: there is none; nobody reviews but a person, and a HIP does not manage the programme.
    """
    for role in (Role.CONTRIBUTOR, Role.COORDINATOR) if consortium else (Role.READER, Role.MANAGER):
        # A contributor reports without ever handing in.
        if set(scopes) <= set(_SCOPES[role]) and (role != Role.CONTRIBUTOR or Scope.REPORT not in scopes):
            return role
    raise NotPermitted(_("A machine cannot have these scopes there."))


def require_scopes(user: User, scopes: Iterable[Scope]) -> None:
    """A token can do no more than its owner.

    Raises:
        NotPermitted: a scope that none of the user's roles can use.
    """
    if not set(scopes) <= set(scopes_of(user)):
        raise NotPermitted(_("A token cannot do more than its owner."))
