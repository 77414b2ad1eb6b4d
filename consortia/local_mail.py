"""Django's mail backend for a portal without a mail server: mail is kept in the database, where a page shows it.

It writes in the transaction that is open, so that a mail is kept exactly when its sending is noted.
"""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from consortia import access
from consortia.access import Permission
from consortia.models import KeptMail, Programme, User

KeptMails = QuerySet[KeptMail]


class KeepingBackend(BaseEmailBackend):
    """Keeps what other backends send."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        kept = [_kept(message) for message in email_messages if message.recipients()]
        KeptMail.objects.bulk_create(kept)
        return len(kept)


def visible_to(user: User) -> KeptMails | None:
    """The mail that this person may read here: ones own, and for the office all; None outside of a demonstration."""
    if not Programme.objects.filter(is_demo=True).exists():
        return None
    if access.allows(user, Permission.CONFIGURE):
        return KeptMail.objects.all()
    return KeptMail.objects.filter(to=user.email)


def _kept(message: EmailMessage) -> KeptMail:
    # What a mail server would get: this also refuses a line break in a header.
    sent = message.message()
    alternatives: list[Any] = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    html = next((content for content, media_type in alternatives if media_type == "text/html"), "")
    return KeptMail(
        to=", ".join(message.recipients()),
        reply_to=", ".join(message.reply_to),
        subject=str(message.subject),
        text=str(message.body),
        html=str(html),
        headers={name: str(value) for name, value in message.extra_headers.items()},
        message_id=str(sent["Message-ID"] or ""),
    )
