"""What production does not start with."""

import logging

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

logger = logging.getLogger(__name__)


def refuse_demo_accounts() -> None:
    """Stop a web server or worker in production while demo accounts exist: their password is known to many.

    Raises:
        ImproperlyConfigured: there is a demo account.
    """
    if not settings.PRODUCTION:
        return
    try:
        present = has_demo_accounts()
    except DatabaseError:
        # A database that is away or not migrated yet serves no demo account; later on /health/ready looks again.
        return
    finally:
        # A web server forks after this; a connection is not for sharing.
        connection.close()
    if present:
        raise ImproperlyConfigured("this database has demo accounts; production starts only on a database without them")


def warn_without_mail_server() -> None:
    """Say at the start that mail waits; invitations and reminders would otherwise be missed in silence."""
    if not settings.MAIL_LEAVES:
        logger.warning("production without EMAIL_URL sends no mail: it waits until there is a mail server")


def has_demo_accounts() -> bool:
    """Whether this is production, and somebody could sign in with a password that many know."""
    if not settings.PRODUCTION:
        return False
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(is_demo=True).exists()
