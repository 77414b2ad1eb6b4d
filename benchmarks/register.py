"""Searching a register of 30,000 organisations as people do, in a process of its own; prints JSON.

`python -m benchmarks.register` starts a throw-away database for it, with as many participations as the real size has.
"""

import random

from benchmarks import alone
from benchmarks.timing import Timing, once, percentile95

ORGANISATIONS, PARTICIPATIONS, SEARCHES = 30_000, 400_000, 1_000
LIMIT = 0.2

# Names as they are, so that words differ in how often they occur; everything in them is invented.
_DATA = """
    UPDATE consortia_organisation SET
        name = (%s::text[])[1 + abs(hashtext(kvk_number || 'a')) %% 12]
            || ' ' || (%s::text[])[1 + abs(hashtext(kvk_number || 'b')) %% 15] || ' ' || kvk_number::int || ' B.V.',
        province = 'PV' || 20 + abs(hashtext(kvk_number || 'c')) %% 12, province_year = 2026,
        sbi_code = (%s::text[])[1 + abs(hashtext(kvk_number || 'd')) %% 9], sbi_version = '2008',
        postcode = CASE WHEN kvk_number::int %% 7 = 0 THEN '' ELSE '3311 AB' END
    WHERE kvk_number IS NOT NULL AND kvk_number::int %% 20 > 0
"""
_TRADES = [
    "Bakkerij", "Smederij", "Installatiebedrijf", "Kwekerij", "Zagerij", "Café", "Adviesbureau", "Transportbedrijf",
    "Drukkerij", "Bouwbedrijf", "Machinefabriek", "Softwarehuis",
]  # fmt: skip
_OWNERS = [
    "van den Berg", "De Vries", "Jansen", "Noord", "Zuid", "Het Anker", "De Zon", "Élan", "Visser", "Müller",
    "Hoekstra", "Willems", "Polder", "De Linde", "Maas",
]  # fmt: skip
_CODES = ["01", "1071", "2511", "43221", "46", "6201", "7112", "85321", "86"]
_FILTERS = (
    {"provincie": "PV28"}, {"sector": "2008-C"}, {"grootte": "small"}, {"soort": "company"}, {"ontbreekt": "sector"},
    {"koppeling": "merged"}, {"hip": "scale"}, {"lijn": "innovation"}, {"hip": "snel", "lijn": "talent"},
    {"provincie": "PV30", "sector": "2008-J", "grootte": "micro"}, {"hip": "people", "provincie": "PV28"},
)  # fmt: skip


def searches(chance: random.Random) -> list[dict[str, str]]:
    """Numbers, the beginnings of numbers, words that many, some or no names have; alone and with filters."""

    def text() -> str:
        number = chance.randint(1, ORGANISATIONS)
        return chance.choice(
            [
                f"{number:08}", f"{number:08}"[: chance.randint(3, 7)], "bakkerij", "jansen", "de zon bakkerij", "smed",
                "café", "anker cafe", "elan", f"muller {number}", f"{number}", "bv", "software zuid", "bakkerrij",
                "nergens", "",
            ]
        )  # fmt: skip

    asked = []
    for _search in range(SEARCHES):
        filters = chance.choice(_FILTERS) if chance.random() < 0.5 else {}
        page = {"page": str(chance.randint(2, 5))} if chance.random() < 0.1 else {}
        asked.append({"zoek": text(), **filters, **page})
    return asked


def measured() -> list[Timing]:
    """The page itself, from the request to the last byte, for a programme manager, who sees the most."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections
    from django.test import Client

    call_command("migrate", verbosity=0)
    from benchmarks import world

    people = world.People.make()
    size = world.build(world.Size(ORGANISATIONS, PARTICIPATIONS), people)
    with connection.cursor() as cursor:
        cursor.execute(_DATA, [_TRADES, _OWNERS, _CODES])
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE consortia_organisation")
    client = Client(headers={"X-Fragment": "register-list"})
    client.force_login(people.manager)
    whole = Client()
    whole.force_login(people.manager)
    chance = random.Random(20260101)
    asked = searches(chance)
    for query in asked[:10]:
        client.get("/register", query)

    def answered(query: dict[str, str]) -> float:
        answers: list[int] = []
        # One in four as a page of its own, the others while one types.
        caller = whole if chance.random() < 0.25 else client
        seconds = once(lambda: answers.append(caller.get("/register", query).status_code))
        assert answers == [200], (query, answers)
        return seconds

    seconds = [answered(query) for query in asked]
    slowest = max(zip(seconds, (str(query) for query in asked), strict=True))
    return [
        Timing(f"{SEARCHES} random searches among {size.companies} organisations, p95", percentile95(seconds), LIMIT),
        Timing(f"the slowest of them, {slowest[1]}", slowest[0]),
    ]


def timings(environment: dict[str, str]) -> list[Timing]:
    """In a process of its own."""
    return alone.measured("benchmarks.register", environment)


if __name__ == "__main__":
    alone.main(measured, timings)
