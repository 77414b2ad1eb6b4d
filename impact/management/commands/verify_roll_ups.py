from typing import Any

from django.core.management.base import BaseCommand, CommandError

from impact import materialise


class Command(BaseCommand):
    help = "Recompute the stored roll-ups from the ledger; exit 1 on a difference."

    def handle(self, *args: Any, **options: Any) -> None:
        seq, differences = materialise.verify()
        if seq is None:
            self.stdout.write("nothing has been rolled up yet")
            return
        for difference in differences[:20]:
            self.stderr.write(f"stored {difference.stored}\n  ledger {difference.computed}")
        if differences:
            raise CommandError(f"{len(differences)} stored roll-ups differ from the ledger at seq {seq}")
        self.stdout.write(f"0 differences at seq {seq}")
