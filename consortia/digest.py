"""The daily overview (dagelijks overzicht): one mail with everything that was told and not mailed, once a day at eight.

The mail is laid down with the notifications that go into it, and composed when it leaves: what does not hold any more
by then is left out, and without anything left there is no mail.
"""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from consortia import clock, mail, message_kinds, message_texts
from consortia.message_kinds import DIGEST
from consortia.message_texts import Letter
from consortia.models import Delivery, Mail, Notification, User

AT = time(8)
"""In Amsterdam."""


def prepare() -> int:
    """Lay down the overviews of the last eight o'clock that are not there yet; returns how many."""
    cut = last_cut()
    waiting = Notification.objects.filter(delivery=Delivery.DAILY, mail__isnull=True, created_at__lt=cut)
    people = User.objects.filter(pk__in=waiting.values("recipient"), is_active=True).order_by("pk")
    return sum(_prepare_for(user, cut) for user in people)


def last_cut() -> datetime:
    """The last time that it was eight o'clock."""
    moment = clock.now().astimezone(clock.AMSTERDAM)
    day = moment.date() if moment.time() >= AT else moment.date() - timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, AT), clock.AMSTERDAM)


@transaction.atomic
def _prepare_for(user: User, cut: datetime) -> bool:
    # Two workers at the same person wait here, and the second finds the mail of the first.
    User.objects.select_for_update().get(pk=user.pk)
    posted = mail.post(user=user, kind=DIGEST.code, cause=f"digest:{cut:%Y-%m-%d}", letter=None)
    if posted is None:
        return False
    waiting = Notification.objects.filter(recipient=user, delivery=Delivery.DAILY, mail__isnull=True)
    waiting.filter(created_at__lt=cut).update(mail=posted)
    return True


def compose(overview: Mail, unsubscribe_url: str) -> Letter | None:
    """The overview as it is when it leaves; None where nothing in it holds any more."""
    user = overview.recipient
    entries = [
        told
        for told in overview.notifications.order_by("created_at", "pk")
        if (kind := message_kinds.find(told.kind)) is None or kind.still_holds(user, told.about)
    ]
    if not entries:
        return None
    day = overview.created_at.astimezone(clock.AMSTERDAM).date()
    message = message_texts.render(DIGEST, user, {"date": day})
    return message_texts.letter(
        message,
        kind=DIGEST,
        url="/berichten",
        language=user.language,
        unsubscribe_url=unsubscribe_url,
        entries=entries,
    )
