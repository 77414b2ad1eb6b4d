"""Commands on notifications (meldingen): telling somebody something once, and what they do with it.

    notifications.tell(
        user=user, kind="returned", cause="returned:1234",
        context={"hip": hip.name, "quarter": partial(…)}, url="/rapportages/scale/2026Q3", about={…},
    )

`kind` is registered in `message_kinds` (`register`, from an app's `ready`). `cause` names what happened, never when it
was tried: the same cause tells the same person nothing a second time, whatever the retries. Call it in the transaction
of what happened, or from a task that may run twice; nothing leaves the portal before the commit, and `mail_delivery`
sends what was made.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from consortia import access, clock, mail, message_kinds, message_texts
from consortia.errors import NotVisible, Problem, Refused
from consortia.message_kinds import About, Kind
from consortia.models import Delivery, Mail, Notification, Preference, User

KEPT = timedelta(days=180)
"""How long notifications and mails are kept."""


@transaction.atomic
def tell(
    *,
    user: User,
    kind: str,
    cause: str,
    context: Mapping[str, Any],
    url: str = "",
    about: About | None = None,
    in_portal: bool = True,
) -> bool:
    """Tell somebody something in their language, in the portal and as they want by mail; whether it was new.

    `context` has the kind's placeholders: texts, dates, numbers, or something to call once their language is set.
    `url` is the Dutch place in the portal, as `place()` gives it. `about` is what the kind's `still_holds` looks at.
    Without `in_portal` there is only the mail, at once whatever they chose: for who has not signed in yet.
    An account that is not active is told nothing, and neither is a machine.
    """
    if not user.is_active or user.is_machine:
        return False
    described = message_kinds.get(kind)
    rows = Notification.objects if in_portal else Mail.objects
    if rows.filter(recipient=user, cause=cause).exists():
        return False
    delivery = delivery_of(user, described) if in_portal else Delivery.AT_ONCE
    message = message_texts.render(described, user, context)
    is_new = True
    if in_portal:
        told = Notification(
            recipient=user,
            kind=kind,
            cause=cause,
            about=dict(about or {}),
            subject=message.subject,
            text=message.text,
            html=message.html,
            url=url,
            action=message.action,
            delivery=delivery,
        )
        # A conflict leaves the transaction of the caller whole, and waits for whoever tells the same at this moment.
        Notification.objects.bulk_create([told], ignore_conflicts=True)
        is_new = Notification.objects.filter(pk=told.pk).exists()
    if not is_new or delivery != Delivery.AT_ONCE:
        return is_new
    letter = message_texts.letter(
        message,
        kind=described,
        url=url,
        language=user.language,
        unsubscribe_url=mail.unsubscribe_url(user, described),
    )
    posted = mail.post(user=user, kind=kind, cause=cause, letter=letter, about=about)
    if not in_portal:
        return posted is not None
    Notification.objects.filter(pk=told.pk).update(mail=posted)
    return True


def place(name: str, *arguments: Any) -> str:
    """The Dutch address of a page, by which a notification names it."""
    with translation.override("nl"):
        return reverse(name, args=arguments)


@transaction.atomic
def keep_in_portal() -> None:
    """Mail nobody about what they were told until now: not at once, and not in the next overview."""
    mail.drop_waiting()
    Notification.objects.filter(delivery=Delivery.DAILY, mail__isnull=True).update(delivery=Delivery.NONE)


# --- what somebody reads


def inbox(user: User) -> QuerySet[Notification]:
    """What this person was told: unread first, newest first."""
    is_read = ExpressionWrapper(Q(read_at__isnull=False), BooleanField())
    return Notification.objects.filter(recipient=user).alias(is_read=is_read).order_by("is_read", "-created_at", "pk")


def unread(user: User) -> int:
    return Notification.objects.filter(recipient=user, read_at__isnull=True).count()


@transaction.atomic
def mark_read(*, actor: User, notification: UUID) -> Notification:
    """Note that the actor has seen it; a second time changes nothing.

    Raises:
        NotVisible: it is not theirs.
    """
    found = Notification.objects.filter(recipient=actor, pk=notification).first()
    if found is None:
        raise NotVisible(_("There is no such message."))
    if found.read_at is None:
        found.read_at = max(clock.now(), found.created_at)
        found.save(update_fields=["read_at"])
    return found


@transaction.atomic
def mark_all_read(*, actor: User) -> int:
    """Note that the actor has seen everything up to now."""
    moment = clock.now()
    return Notification.objects.filter(recipient=actor, read_at__isnull=True, created_at__lte=moment).update(
        read_at=moment
    )


@transaction.atomic
def settle(*, kinds: Sequence[str], about: About) -> int:
    """Lay aside what asks for something that is done by now: it counts as read."""
    moment = clock.now()
    return Notification.objects.filter(
        kind__in=list(kinds), about__contains=dict(about), read_at__isnull=True, created_at__lte=moment
    ).update(read_at=moment)


# --- how somebody wants to hear of it


def kinds_for(user: User) -> list[Kind]:
    """The kinds that this person may get, as the settings list them."""
    return [kind for kind in message_kinds.all_kinds() if _reaches(kind, user)]


def _reaches(kind: Kind, user: User) -> bool:
    allows = access.allows_in_own if kind.is_of_own_hip else access.allows_somewhere
    return any(allows(user, permission) for permission in kind.audience)


def delivery_of(user: User, kind: Kind) -> Delivery:
    chosen = Preference.objects.filter(user=user, kind=kind.code).values_list("delivery", flat=True).first()
    return _allowed(kind, Delivery(chosen) if chosen else kind.usual)


def deliveries(user: User) -> dict[str, Delivery]:
    """How this person hears of each kind that they may get."""
    chosen = dict(Preference.objects.filter(user=user).values_list("kind", "delivery"))
    return {kind.code: _allowed(kind, Delivery(chosen.get(kind.code, kind.usual))) for kind in kinds_for(user)}


def _allowed(kind: Kind, delivery: Delivery) -> Delivery:
    return Delivery.AT_ONCE if kind.is_essential and delivery == Delivery.NONE else delivery


@transaction.atomic
def prefer(*, actor: User, wanted: Mapping[str, str], language: str) -> None:
    """Choose for oneself how to hear of each kind, and in which language.

    Raises:
        Refused: an unknown kind, way or language, or no mail about what is essential.
    """
    problems = []
    for code, delivery in wanted.items():
        kind = message_kinds.find(code)
        if kind is None or delivery not in Delivery.values:
            problems.append(Problem(f"/{code}", "unknown", _("Choose one of the ways that are offered.")))
        elif kind.is_essential and delivery == Delivery.NONE:
            problems.append(Problem(f"/{code}", "essential", _("Nobody can do without this message.")))
    if language not in dict(User._meta.get_field("language").choices or []):
        problems.append(Problem("/language", "unknown", _("Choose one of the languages that are offered.")))
    if problems:
        raise Refused(problems)
    for code, delivery in wanted.items():
        Preference.objects.update_or_create(user=actor, kind=code, defaults={"delivery": delivery})
    User.objects.filter(pk=actor.pk).update(language=language)
    actor.language = language


@transaction.atomic
def unsubscribe(*, token: str) -> tuple[User, list[Kind]]:
    """Stop mail of one kind, or the daily overview, by the link in a mail; doing it twice changes nothing.

    Raises:
        NotVisible: not a link of ours.
    """
    user, kind = read_link(token)
    kinds = [kind]
    if kind is message_kinds.DIGEST:
        daily = deliveries(user)
        kinds = [each for each in kinds_for(user) if daily[each.code] == Delivery.DAILY and not each.is_essential]
    for each in kinds:
        Preference.objects.update_or_create(user=user, kind=each.code, defaults={"delivery": Delivery.NONE})
    return user, kinds


def read_link(token: str) -> tuple[User, Kind]:
    """Whose link it is, and which mail it stops.

    Raises:
        NotVisible: not a link of ours.
    """
    key, code = mail.read_token(token)
    user = User.objects.filter(pk=key).first() if key else None
    kind = message_kinds.find(code)
    if user is None or kind is None or kind.is_essential:
        raise NotVisible(_("This link does not work any more."))
    return user, kind


@transaction.atomic
def purge() -> int:
    """Delete what was told and mailed long ago; what still waits stays."""
    before = clock.now() - KEPT
    told, _by_model = Notification.objects.filter(created_at__lt=before).delete()
    return told + mail.purge(before)
