"""Mail on its way out (uitgaande post): rows that are laid down in the transaction of what caused them.

`mail_delivery` sends them. A mail to a person about a cause is made once, and has the same Message-ID at every attempt.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from consortia import message_texts
from consortia.errors import NotVisible
from consortia.message_kinds import Kind
from consortia.message_texts import Letter
from consortia.models import KeptMail, Mail, MailState, User

_SALT = "consortia.mail.unsubscribe"


def post(
    *, user: User, kind: str, cause: str, letter: Letter | None, about: Mapping[str, Any] | None = None
) -> Mail | None:
    """Lay a mail down to be sent once this transaction commits; None where this cause mailed the person before.

    Without a letter it is composed when it leaves, as the daily overview is.
    """
    waiting = Mail(
        recipient=user,
        kind=kind,
        cause=cause,
        about=dict(about or {}),
        subject=letter.subject if letter else "",
        text=letter.text if letter else "",
        html=letter.html if letter else "",
        message_id=message_id(user, cause),
    )
    Mail.objects.bulk_create([waiting], ignore_conflicts=True)
    return waiting if Mail.objects.filter(pk=waiting.pk).exists() else None


def message_id(user: User, cause: str) -> str:
    """The same for the same person and cause, whoever makes it and how often; says nothing about either."""
    digested = hashlib.sha256(f"{user.pk}\n{cause}".encode()).hexdigest()[:40]
    return f"<{digested}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>"


def unsubscribe_url(user: User, kind: Kind) -> str:
    """The address that stops mail of this kind without signing in; none where nobody can do without it."""
    if kind.is_essential:
        return ""
    token = signing.dumps([str(user.pk), kind.code], salt=_SALT)
    return message_texts.absolute(message_texts.in_language(f"/berichten/afmelden/{token}", user.language))


def read_token(token: str) -> tuple[str, str]:
    """The key of the user and the kind in the address that stops mail.

    Raises:
        NotVisible: not one of ours.
    """
    try:
        key, code = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotVisible(_("This link does not work any more.")) from error
    return str(key), str(code)


def drop_waiting() -> int:
    """Send nothing of what still waits to be sent."""
    return Mail.objects.filter(state=MailState.PENDING).update(state=MailState.DROPPED)


def purge(before: datetime) -> int:
    """Delete mail from before that moment, unless it still is to be sent."""
    gone, _by_model = Mail.objects.filter(created_at__lt=before).exclude(state=MailState.PENDING).delete()
    kept, _by_model = KeptMail.objects.filter(at__lt=before).delete()
    return gone + kept
