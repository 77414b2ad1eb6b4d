from typing import Any

from django.core.management.base import BaseCommand, CommandError

from impact import vintages


class Command(BaseCommand):
    help = "Make the hashes of every vintage again from the ledger; exit 1 on a difference."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = different = 0
        for vintage, names in vintages.verify_all():
            checked += 1
            if names:
                different += 1
                self.stderr.write(f"{vintage.code}: {', '.join(names)} at seq {vintage.entry_id}")
        if different:
            raise CommandError(f"{different} of {checked} vintages no longer have the figures that were published")
        self.stdout.write(f"0 differences in {checked} vintages")
