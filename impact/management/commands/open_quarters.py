from typing import Any

from django.core.management.base import BaseCommand

from impact import programme


class Command(BaseCommand):
    help = "Open the quarters that have ended: make the missing obligations to report."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{programme.open_quarters()} reports opened")
