"""People and their roles as a workbook: a row is one role of one person, given and taken as on their pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import invitations, people
from consortia.models import Consortium, Membership, Role, User
from impact.admin import step_tables
from impact.admin.file_tables import Judged
from impact.admin.step_tables import StepTable

LANGUAGES = [("nl", "Nederlands"), ("en", "English")]


@dataclass(frozen=True)
class _Asked:
    """What a row says; empty texts say nothing."""

    judged: Judged
    email: str
    name: str
    language: str
    role: str
    consortium: Consortium | None
    is_invited: bool
    ends: bool
    reason: str

    @property
    def key(self) -> tuple[str, str, int | None]:
        return self.email, self.role, self.consortium.pk if self.consortium is not None else None

    @property
    def role_in_words(self) -> str:
        word = str(Role(self.role).label)
        return f"{word} · {self.consortium}" if self.consortium is not None else word


class PeopleTable(StepTable):
    code = "people"
    model = User
    key = ("email",)
    labels = {
        "email": gettext_lazy("E-mail address"),
        "name": gettext_lazy("Name"),
        "language": gettext_lazy("Language"),
        "role": gettext_lazy("Role"),
        "consortium": gettext_lazy("HIP number"),
        "invite": gettext_lazy("Mail an invitation"),
        "ends": gettext_lazy("Take this role away"),
        "reason": gettext_lazy("Reason"),
    }

    @property
    def explanation(self) -> str:
        return _(
            "A row is one role of one person. An address that is not known becomes an account. Type yes under “Mail an "
            "invitation” to mail its owner a link, once the file is stored; type yes under “Take this role away”, with "
            "a reason, to end a role. A row that is not in the file stays as it is. Accounts that are deactivated are "
            "not in the file."
        )

    def exported(self) -> Iterator[Sequence[object]]:
        rows = (
            User.objects.filter(is_active=True, is_machine=False)
            .prefetch_related("memberships__consortium")
            .order_by("email")
        )
        for user in rows:
            said = [user.email, user.name, user.get_language_display()]
            for held in user.memberships.all() or [None]:
                hip = held.consortium.number if held is not None and held.consortium is not None else None
                yield [*said, held.get_role_display() if held is not None else None, hip, None, None, None]

    def steps(self, actor: User, rows: Sequence[Judged]) -> Iterator[tuple[Judged, Callable[[], object]]]:
        hips = {str(hip.number): hip for hip in Consortium.objects.all()}
        asked = [each for judged in rows if (each := _asked(judged, hips)) is not None]
        _refuse_contradictions(asked)
        desk = _Desk(actor, {each.email for each in asked})
        sound = [each for each in asked if not each.judged.problems]
        # Who is new comes before who goes, so that somebody always holds the office.
        for each in sound:
            if not each.ends and (step := desk.giving(each)) is not None:
                yield each.judged, step
        for each in sound:
            if each.ends:
                yield each.judged, partial(desk.take, each)
        # The mail last, and to each person once: it names all their roles.
        invited: set[str] = set()
        for each in sound:
            if each.is_invited and each.email not in invited:
                invited.add(each.email)
                yield each.judged, partial(desk.invite, each)


class _Desk:
    """The people that a file names, as they are while its steps are taken."""

    def __init__(self, actor: User, emails: set[str]) -> None:
        self._actor = actor
        found = User.objects.filter(email__in=emails, is_machine=False).prefetch_related("memberships")
        self._people = {user.email: user for user in found}
        self._held = {
            (user.email, held.role, held.consortium_id): held
            for user in self._people.values()
            for held in user.memberships.all()
        }

    def giving(self, asked: _Asked) -> Callable[[], object] | None:
        """The step that makes the account, writes its name or gives the role; None where all is so already."""
        user = self._people.get(asked.email)
        asked.judged.is_new = user is None
        is_held = asked.key in self._held
        if user is not None and not self._said_anew(asked, user) and (not asked.role or is_held):
            return None
        return partial(self._give, asked)

    def _said_anew(self, asked: _Asked, user: User) -> dict[str, str]:
        said = {"name": asked.name, "language": asked.language}
        return {name: text for name, text in said.items() if text and text != getattr(user, name)}

    def _give(self, asked: _Asked) -> None:
        judged, user = asked.judged, self._people.get(asked.email)
        differences, noted = [], []
        if user is None:
            user = people.create_user(
                actor=self._actor, email=asked.email, name=asked.name, language=asked.language or "nl"
            )
            differences.append((_("Account"), "–", " ".join(filter(None, [asked.email, asked.name]))))
            noted.append(_("The account is there."))
        elif anew := self._said_anew(asked, user):
            was = {name: getattr(user, name) for name in anew}
            user = people.describe(
                actor=self._actor, user=user, name=asked.name or user.name, language=asked.language or user.language
            )
            words = dict(LANGUAGES)
            differences += [
                (PEOPLE.label(name), words.get(was[name], was[name]) or "–", words.get(text, text))
                for name, text in anew.items()
            ]
            noted.append(_("Name or language changed."))
        if asked.role and asked.key not in self._held:
            self._held[asked.key] = people.give_role(
                actor=self._actor, user=user, role=asked.role, consortium=asked.consortium
            )
            differences.append((PEOPLE.label("role"), "–", asked.role_in_words))
            noted.append(_("Role given: %(role)s") % {"role": asked.role_in_words})
        # Known from here on, and not before: what was refused is undone.
        self._people[asked.email] = user
        judged.differences += differences
        judged.noted += [(user, text) for text in noted]

    def take(self, asked: _Asked) -> None:
        held: Membership | None = self._held.get(asked.key)
        if held is None:
            asked.judged.refuse("role", _("This person does not have this role."))
            return
        people.take_role(actor=self._actor, membership=held)
        del self._held[asked.key]
        asked.judged.differences += [
            (PEOPLE.label("role"), asked.role_in_words, "–"),
            (PEOPLE.label("reason"), "–", asked.reason),
        ]
        words = {"role": asked.role_in_words, "reason": asked.reason}
        asked.judged.noted.append((self._people[asked.email], _("Role taken away, %(role)s: %(reason)s") % words))

    def invite(self, asked: _Asked) -> None:
        user = self._people.get(asked.email)
        if user is None:
            # Making the account was refused, and says so.
            return
        invitations.send(actor=self._actor, user=user)
        asked.judged.differences.append((_("Invitation"), "–", _("is mailed")))
        asked.judged.noted.append((user, _("The invitation is on its way.")))


def _asked(judged: Judged, hips: Mapping[str, Consortium]) -> _Asked | None:
    email = step_tables.text(judged, "email").lower()
    number = step_tables.text(judged, "consortium")
    role = step_tables.choice(judged, "role", Role, usual="")
    asked = _Asked(
        judged=judged,
        email=email,
        name=step_tables.text(judged, "name"),
        language=step_tables.choice(judged, "language", LANGUAGES, usual=""),
        role=role,
        consortium=hips.get(number),
        is_invited=step_tables.yes(judged, "invite"),
        ends=step_tables.yes(judged, "ends"),
        reason=step_tables.text(judged, "reason"),
    )
    judged.name = " · ".join(filter(None, [email, asked.role_in_words if role else ""]))
    if not email:
        judged.refuse("email", _("Whose role is this?"))
    if number and asked.consortium is None:
        judged.refuse("consortium", _("There is no HIP with this number."))
    if asked.ends and not role:
        judged.refuse("role", _("Which role ends?"))
    if asked.ends and not asked.reason:
        judged.refuse("reason", _("Say why this role ends."))
    if asked.ends and asked.is_invited:
        judged.refuse("invite", _("Nobody is invited to a role that ends."))
    return asked


def _refuse_contradictions(asked: Sequence[_Asked]) -> None:
    """What two rows cannot both say: the later one is refused."""
    met: set[tuple[str, str, int | None]] = set()
    said: dict[tuple[str, str], str] = {}
    for each in asked:
        if each.key in met:
            each.judged.refuse("role", _("This row is in the file twice."))
        met.add(each.key)
        for name, text in (("name", each.name), ("language", each.language)):
            if text and said.setdefault((each.email, name), text) != text:
                detail = _("%(column)s: another row says “%(other)s” of this person.")
                words = {"column": capfirst(PEOPLE.label(name)), "other": said[each.email, name]}
                each.judged.refuse(name, detail % words)


PEOPLE = PeopleTable()
