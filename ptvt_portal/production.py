"""What production does not start with."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection


def refuse_demo_accounts() -> None:
    """Stop a web server or worker in production while demo accounts exist: their password is known to many.

    Raises:
        ImproperlyConfigured: there is a demo account.
    """
    if not settings.PRODUCTION:
        return
    from django.contrib.auth import get_user_model

    try:
        present = get_user_model().objects.filter(is_demo=True).exists()
    except DatabaseError:
        # A database that is away or not migrated yet is for /health/ready to report; it serves no demo account either.
        return
    finally:
        # A web server forks after this; a connection is not for sharing.
        connection.close()
    if present:
        raise ImproperlyConfigured("this database has demo accounts; production starts only on a database without them")
