from typing import Any

from django.core.management.base import BaseCommand

from impact import materialise


class Command(BaseCommand):
    help = "Store the roll-ups of the newest ledger entry anew."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"rolled up as of seq {materialise.roll_up(again=True)}")
