"""Sending the mail that waits (verzending): each leaves once.

`deliver` sends what is due, each in a transaction of its own that also notes that it is sent. With the backend that
keeps mail in this database both happen or neither: exactly once. A mail server is outside of it: a worker that dies
between its yes and our commit sends the mail again, under the same Message-ID, by which mail programs recognise the
repeat.
"""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core import mail as django_mail
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia import access, clock, digest, message_kinds
from consortia.access import Permission
from consortia.errors import NotAllowedNow
from consortia.mail import unsubscribe_url
from consortia.message_texts import Letter
from consortia.models import Mail, MailState, Programme, User

logger = logging.getLogger(__name__)

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""How long to wait after the first, second, … attempt that failed; after the last of them comes no other."""
AT_ONCE = 500
"""How many mails one round sends at most; the next round goes on."""


def deliver() -> int:
    """Send what is due, oldest first; several workers can, each takes what no other has. Returns how many left."""
    if not settings.MAIL_LEAVES:
        return 0
    sent = 0
    for _number in range(AT_ONCE):
        state = _deliver_one()
        if state is None:
            break
        sent += state == MailState.SENT
    return sent


@transaction.atomic
def _deliver_one() -> MailState | None:
    """Send the mail that waits longest; None where nothing is due, or the server is away and the rest has to wait."""
    mail = (
        Mail.objects.filter(state=MailState.PENDING, next_try_at__lte=clock.now())
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("recipient")
        .order_by("next_try_at", "created_at", "pk")
        .first()
    )
    if mail is None:
        return None
    letter = _letter_of(mail)
    if letter is None:
        mail.state = MailState.DROPPED
        mail.save(update_fields=["state"])
        return MailState.DROPPED
    try:
        _message(mail, letter).send()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refused:
        code = _code_of(refused)
        _failed(mail, f"{type(refused).__name__} {code}", for_ever=500 <= code < 600)
        return MailState(mail.state)
    except OSError as away:
        _failed(mail, type(away).__name__)
        return None
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, clock.now(), ""
    mail.attempts += 1
    mail.subject, mail.text, mail.html = letter.subject, letter.text, letter.html
    mail.save()
    return MailState.SENT


def failed() -> int:
    """How many mails are given up, for the office to look at."""
    return Mail.objects.filter(state=MailState.FAILED).count()


@transaction.atomic
def retry(*, actor: User, mail: Mail) -> Mail:
    """Try a mail that failed once more, at once.

    Raises:
        NotPermitted: no programme manager.
        NotAllowedNow: it did not fail.
    """
    access.require(actor, Permission.CONFIGURE)
    stored = Mail.objects.select_for_update().get(pk=mail.pk)
    if stored.state != MailState.FAILED:
        raise NotAllowedNow(_("This mail did not fail."))
    stored.state, stored.attempts, stored.next_try_at = MailState.PENDING, 0, clock.now()
    stored.save(update_fields=["state", "attempts", "next_try_at"])
    return stored


# --- one mail


def _letter_of(mail: Mail) -> Letter | None:
    """What is to be sent, or None where it is of no use any more."""
    if not mail.recipient.is_active:
        return None
    if mail.kind == message_kinds.DIGEST.code:
        return digest.compose(mail, unsubscribe_url(mail.recipient, message_kinds.DIGEST))
    kind = message_kinds.find(mail.kind)
    if kind is not None and not kind.still_holds(mail.recipient, mail.about):
        return None
    return Letter(mail.subject, mail.text, mail.html)


def _message(mail: Mail, letter: Letter) -> django_mail.EmailMultiAlternatives:
    kind = message_kinds.find(mail.kind)
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    if kind is not None and not kind.is_essential:
        # RFC 8058: mail programs show a button that stops this kind, and send a POST.
        headers["List-Unsubscribe"] = f"<{unsubscribe_url(mail.recipient, kind)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    programme = Programme.objects.first()
    reply_to = [programme.contact_email] if programme and programme.contact_email else None
    with override(mail.recipient.language):
        message = django_mail.EmailMultiAlternatives(
            subject=letter.subject, body=letter.text, to=[mail.recipient.email], reply_to=reply_to, headers=headers
        )
    message.attach_alternative(letter.html, "text/html")
    return message


def _code_of(refused: smtplib.SMTPException) -> int:
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return max((code for code, _text in refused.recipients.values()), default=0)
    return int(refused.smtp_code) if isinstance(refused, smtplib.SMTPResponseException) else 0


def _failed(mail: Mail, error: str, *, for_ever: bool = False) -> None:
    # The answer of a server may name the address, which belongs in no log and no list.
    mail.attempts += 1
    mail.last_error = error
    if for_ever or mail.attempts > len(WAITS):
        mail.state = MailState.FAILED
    else:
        mail.next_try_at = clock.now() + WAITS[mail.attempts - 1]
    mail.save(update_fields=["attempts", "last_error", "state", "next_try_at"])
    logger.warning("mail %s could not be sent: %s", mail.pk, error)
