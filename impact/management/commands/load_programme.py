from typing import Any

from django.core.management.base import BaseCommand

from impact import reference


class Command(BaseCommand):
    help = "Load the reference data as far as it is missing; what the office has edited stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        made = reference.load()
        self.stdout.write(f"reference data: {made} rows added" if made else "reference data: nothing was missing")
