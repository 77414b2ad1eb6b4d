"""What the history of reference data costs where most of it is written at once; prints JSON.

30,000 organisations take over what an export of the trade register says of them, with the triggers that keep the
history and without. `python -m benchmarks.history` starts a throw-away database for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import alone
from benchmarks.timing import Timing, once

ORGANISATIONS = 30_000
TIMES = 3
RATIO = 2.0
"""Beyond this the history would be worth another way of writing it."""


def measured() -> list[Timing]:
    """The command behind the import, on rows that all change, in turn with and without the triggers."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    call_command("migrate", verbosity=0)
    from consortia.models import DataSource, Organisation
    from impact import register_data
    from impact.register_data import Difference

    Organisation.objects.bulk_create(
        (
            Organisation(kvk_number=f"{number:08}", name=f"Bedrijf {number}", organisation_type="company")
            for number in range(1, ORGANISATIONS + 1)
        ),
        batch_size=2_000,
    )

    @contextmanager
    def unkept() -> Iterator[None]:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE consortia_organisation DISABLE TRIGGER USER")
        yield
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE consortia_organisation ENABLE TRIGGER USER")

    def history() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM consortia_organisationchange")
            return int(cursor.fetchone()[0])

    def take_over(name: str) -> float:
        """Seconds in which every organisation gets another name and postcode."""
        changes = [
            (
                row,
                [
                    Difference("name", row.name, f"{name} {row.kvk_number}"),
                    Difference("postcode", row.postcode, f"{1000 + len(name)} AB"),
                ],
            )
            for row in Organisation.objects.order_by("pk")
        ]
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE consortia_organisation")

        def work() -> None:
            with transaction.atomic():
                register_data.take_over(changes, DataSource.KVK_IMPORT)

        return once(work)

    kept: list[float] = []
    plain: list[float] = []
    for turn in range(TIMES):
        before = history()
        kept.append(take_over("met" * (2 * turn + 1)))
        assert history() == before + ORGANISATIONS
        with unkept():
            plain.append(take_over("zonder" * (2 * turn + 1)))
        assert history() == before + ORGANISATIONS
    return [
        Timing(f"taking over what a register says of {ORGANISATIONS} organisations, without history", min(plain)),
        Timing(
            "the same with the history of every row", min(kept), ratio=min(kept) / min(plain), ratio_limit=RATIO,
            against="without",
        ),
    ]  # fmt: skip


def timings(environment: dict[str, str]) -> list[Timing]:
    """In a process of its own."""
    return alone.measured("benchmarks.history", environment)


if __name__ == "__main__":
    alone.main(measured, timings)
