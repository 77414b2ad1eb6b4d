from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consortia import tokens
from consortia.errors import DomainError
from consortia.models import User


class Command(BaseCommand):
    help = "Print a new API token with all scopes of the user's roles, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"no active user with the address {options['email']}")
        try:
            _token, key = tokens.issue(user=user, name="manage.py api_token")
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(key)
