from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import transaction

from ptvt_portal import grants


class Command(migrate.Command):
    """Django's `migrate`, as the owner of the database, followed by the grants of the application's role."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
        for action in parser._actions:
            if action.dest == "database":
                # "owner" is judged in `handle`, with a message that says what to do.
                action.default, action.choices = "owner", None
                action.help = 'The database to migrate, by default "owner".'

    def execute(self, *args: Any, **options: Any) -> str | None:
        alias = options["database"]
        if alias not in settings.DATABASES:
            raise CommandError(
                "migrate connects as the owner of the database: set DATABASE_OWNER_URL"
                if alias == "owner"
                else f"there is no database {alias}"
            )
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        with transaction.atomic(using=alias):
            separate = grants.apply(owner=alias, application="default")
        if not separate and alias == "owner":
            self.stderr.write(
                self.style.WARNING(
                    "DATABASE_URL and DATABASE_OWNER_URL name the same role: the ledger and submitted content are not "
                    "protected by grants. Use two roles in production."
                )
            )
