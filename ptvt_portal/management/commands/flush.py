from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import flush


class Command(flush.Command):
    """Django's `flush`, as the owner of the database: the application's role may not truncate."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")
