"""Invented organisations for the demonstration, and in which HIP and action lines they take part. Pure.

Nobody is meant: KVK numbers come from the range 00000001–00999999, institution codes begin with 99X, and every name
says that it is a demonstration. The same seed gives the same world.
"""

import bisect
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from consortia.models import OrganisationType, SizeClass
from impact.models import Involvement
from impact.submission import ParticipationLine

MAX_KVK_NUMBER = 999_999
MAX_COMPANIES = 900_000

HIP_SIZES = (1.3, 1.1, 0.9, 1.2, 1.0, 1.4, 0.9, 1.2, 0.8, 1.0, 0.7, 0.9, 0.6, 1.1, 0.9)
"""How large each HIP is, in the order of their numbers; 1 is an average one."""

_POSTCODES = (3300, 2700, 2670, 3080, 8900, 5600, 1700, 6160, 7300, 7500, 8200, 3500, 4300, 5000, 9700)
_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
_LEGAL_FORMS = ("BV", "BV", "BV", "VOF", "eenmanszaak")
_SIZES = {
    SizeClass.MICRO: 34,
    SizeClass.SMALL: 27,
    SizeClass.MEDIUM: 15,
    SizeClass.LARGE: 14,
    SizeClass.UNKNOWN: 10,
}
_LINES = {"ecosystems": 33, "talent": 27, "lifelong-learning": 14, "innovation": 18, "infrastructure": 8}
_INVOLVEMENTS: dict[str, dict[Involvement, int]] = {
    "ecosystems": {Involvement.NETWORK: 60, Involvement.PROJECT: 25, Involvement.COFINANCING: 15},
    "talent": {
        Involvement.TEACHING: 34,
        Involvement.PROJECT: 32,
        Involvement.NETWORK: 20,
        Involvement.INTERNSHIP: 14,
    },
    "lifelong-learning": {Involvement.TRAINING: 80, Involvement.NETWORK: 20},
    "innovation": {Involvement.PROJECT: 85, Involvement.COFINANCING: 15},
    "infrastructure": {Involvement.INFRASTRUCTURE: 60, Involvement.COFINANCING: 40},
}
_SHARE_IN_FIRST_QUARTER = 0.28
_SHARE_THAT_LEAVES_A_QUARTER = 0.01
_ACTIVE = 0.3
"""The chance that an involved company does something in a quarter, besides once a year, when it always does."""
_TWIN_EVERY = 900
"""So many companies apart one stands in the register twice: under two numbers, the second one spelled otherwise."""
_RESPELLED = (("Demobedrijf", "Demobedryf"), (" BV", " B.V."), ("Demobedrijf", "Demo-bedrijf"))


@dataclass(frozen=True)
class Involved:
    """An organisation in one HIP, from its first quarter to its last, and what it does there."""

    first: int
    last: int
    always: bool
    """Whether it takes part in every quarter, as schools do."""
    rows: tuple[ParticipationLine, ...]


class World:
    """Everybody who takes part, by HIP number."""

    def __init__(self, *, seed: int, companies: int, quarters: int) -> None:
        self._seed = seed
        self._quarters = max(quarters, 1)
        self._random = random.Random(f"{seed}/world/{companies}")  # noqa: S311 - invented data, no secret
        self.schools: dict[int, tuple[str, ...]] = {}
        self.twins: list[tuple[str, str]] = []
        """The KVK numbers of companies that are in the register twice, oldest first."""
        self._involved: dict[int, list[Involved]] = defaultdict(list)
        numbers = self._random.sample(range(1, MAX_KVK_NUMBER + 1), companies + 4 * len(HIP_SIZES))
        for hip in range(1, len(HIP_SIZES) + 1):
            self._add_public_side(hip, [numbers.pop() for _ in range(4)])
        entries = [self._share_known(quarter) * companies for quarter in range(self._quarters)]
        for rank, number in enumerate(numbers):
            is_twin = rank % _TWIN_EVERY == _TWIN_EVERY - 1
            self._add_company(
                number, first=bisect.bisect_left(entries, rank + 1), twin_of=numbers[rank - 1] if is_twin else None
            )

    def involved_in(self, hip: int) -> Sequence[Involved]:
        return self._involved[hip]

    def participations(self, hip: int, quarter: int) -> list[ParticipationLine]:
        """The rows that the HIP reports for the quarter."""
        chance = random.Random(f"{self._seed}/participations/{hip}/{quarter}")  # noqa: S311
        rows: list[ParticipationLine] = []
        for involved in self._involved[hip]:
            if involved.first <= quarter <= involved.last and (
                involved.always or (quarter - involved.first) % 4 == 0 or chance.random() < _ACTIVE
            ):
                rows += involved.rows
        return rows

    def _share_known(self, quarter: int) -> float:
        """Which part of all companies has come in by the end of the quarter."""
        if quarter >= self._quarters - 1:
            return 1
        passed = quarter / (self._quarters - 1)
        return _SHARE_IN_FIRST_QUARTER + (1 - _SHARE_IN_FIRST_QUARTER) * passed

    def _add_company(self, number: int, *, first: int, twin_of: int | None) -> None:
        chance = self._random
        hips = chance.choices(range(1, len(HIP_SIZES) + 1), HIP_SIZES, k=3)
        many = chance.random()
        hips = hips[: 3 if many < 0.02 else 2 if many < 0.14 else 1]
        name = f"Demobedrijf {number:06} {chance.choice(_LEGAL_FORMS)}"
        postcode = self._postcode(hips[0])
        if twin_of is not None:
            name, postcode = self._respelled()
            self.twins.append((f"{twin_of:08}", f"{number:08}"))
        self._latest = name, postcode
        size = _one_of(chance, _SIZES)
        # Two times the same HIP is one.
        for place, hip in enumerate(dict.fromkeys(hips)):
            begin = min(first + (chance.randrange(4) if place else 0), self._quarters - 1)
            last = begin
            while last < 60 and chance.random() >= _SHARE_THAT_LEAVES_A_QUARTER:
                last += 1
            rows = tuple(
                ParticipationLine(
                    origin="",
                    kvk_number=f"{number:08}",
                    name=name,
                    organisation_type=OrganisationType.COMPANY.value,
                    postcode=postcode,
                    size_class=size,
                    action_line=line,
                    involvement=_one_of(chance, _INVOLVEMENTS[line]),
                )
                for line in self._lines_of_company()
            )
            self._involved[hip].append(Involved(first=begin, last=last, always=False, rows=rows))

    def _respelled(self) -> tuple[str, str]:
        """The name and postcode of the company before, as somebody else might have written it."""
        name, postcode = self._latest
        right, other = _RESPELLED[len(self.twins) % len(_RESPELLED)]
        return name.replace(right, other), postcode

    def _lines_of_company(self) -> list[str]:
        many = self._random.random()
        number = 3 if many < 0.04 else 2 if many < 0.24 else 1
        return list(dict.fromkeys(_one_of(self._random, _LINES) for _ in range(number)))

    def _add_public_side(self, hip: int, numbers: list[int]) -> None:
        """Schools, a municipality and foundations: they count among the partners, never among the companies."""
        codes = [f"99X{letter}" for letter in _LETTERS]
        schools = self._random.sample(codes, self._random.randint(2, 4))
        self.schools[hip] = tuple(schools)
        rows = [
            ParticipationLine(
                origin="",
                institution_code=code,
                name=f"Demoschool {code}",
                organisation_type=OrganisationType.SCHOOL.value,
                action_line=line,
                involvement=involvement.value,
            )
            for code in schools
            for line, involvement in (
                ("talent", Involvement.TEACHING),
                ("infrastructure", Involvement.INFRASTRUCTURE),
            )
        ]
        rows += [
            ParticipationLine(
                origin="",
                kvk_number=f"{number:08}",
                name=f"{name} {number:06}",
                organisation_type=organisation_type.value,
                postcode=self._postcode(hip),
                action_line="ecosystems",
                involvement=Involvement.NETWORK.value,
            )
            for number, (name, organisation_type) in zip(
                numbers,
                [
                    ("Demogemeente", OrganisationType.GOVERNMENT),
                    ("Demoprovincie", OrganisationType.GOVERNMENT),
                    ("Demostichting", OrganisationType.OTHER),
                    ("Demovereniging", OrganisationType.OTHER),
                ],
                strict=True,
            )
        ]
        self._involved[hip] += [Involved(first=0, last=60, always=True, rows=(row,)) for row in rows]

    def _postcode(self, hip: int) -> str:
        digits = _POSTCODES[hip - 1] + self._random.randrange(30)
        # The second letter is never A, D or S: SA, SD and SS do not exist.
        return f"{digits} {self._random.choice(_LETTERS)}{self._random.choice('BCEGHJKLMNPRTVWXZ')}"


def _one_of(chance: random.Random, weights: dict[Involvement, int] | dict[SizeClass, int] | dict[str, int]) -> str:
    return str(chance.choices(list(weights), list(weights.values()))[0])
