import argparse
import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from consortia.errors import NotAllowedNow
from events import demo as events_demo
from impact import demo, reference
from impact.demo_world import MAX_COMPANIES


def _number_of_companies(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MAX_COMPANIES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_COMPANIES}, not {text}")
    return int(text)


class Command(BaseCommand):
    help = "Fill an empty database with demonstration data; where it is there already, it stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo",
            choices=["full", "bare"],
            default="full",
            help="full: figures of all past quarters; bare: accounts, and every ended quarter open",
        )
        parser.add_argument(
            "--companies", type=_number_of_companies, default=demo.COMPANIES, help="how many different companies"
        )
        parser.add_argument("--seed", type=int, default=demo.SEED, help="the same seed gives the same content")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("demonstration data does not go into production")
        given = os.environ.get("DEMO_PASSWORD", "").strip()
        if demo.is_seeded():
            # What a newer release knows in addition, and the quarters that have ended since.
            reference.load()
            self.stdout.write("demonstration data: is there already")
            if given and demo.set_password(given):
                self.stdout.write("password of the demo accounts: changed to DEMO_PASSWORD")
            return
        password = given or secrets.token_urlsafe(12)
        full = options["demo"] == "full"
        try:
            with transaction.atomic():
                manager = demo.seed(
                    full=full,
                    password=password,
                    companies=options["companies"],
                    seed=options["seed"],
                    tell=self._tell,
                )
                if full:
                    events_demo.seed(actor=manager)
        except NotAllowedNow as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"password of the demo accounts: {password}")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
