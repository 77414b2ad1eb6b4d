"""Searching the register: words of a name in any order, or the beginning of a number, with filters and their counts.

Every filter takes what the reader may see and no more. Where an organisation takes part is asked of the versions that
count of the reports that the reader sees; who sees none finds nothing by HIP or action line, whatever there is.
Source: docs/semantics.md, "Disclosure".
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Left
from rapidfuzz import fuzz, process

from consortia import sectors
from consortia.models import ActionLine, Organisation, SizeClass
from impact.models import EntryKind, Participation, QuarterlyReport
from impact.register import Links

_SHORTEST_MISTYPED = 4
_LIKENESS = 78
"""From this likeness (0 to 100) on a word that no name has is taken for one that some name has."""
_SPACE = Value(" ", output_field=TextField())
_DIGITS = "0123456789"
NONE = "none"
"""In a filter: those of which the register does not say it."""


class Linked:
    """What a filter on links asks for: what was merged into another one, or succeeded by it, or neither."""

    MERGED, SUCCEEDED, UNLINKED = "merged", "succeeded", "none"
    VALUES = (MERGED, SUCCEEDED, UNLINKED)


class Lacking:
    """What may be missing of an organisation."""

    PROVINCE, SECTOR, SIZE, POSTCODE, NUMBER = "province", "sector", "size", "postcode", "number"
    VALUES = (PROVINCE, SECTOR, SIZE, POSTCODE, NUMBER)


@dataclass(frozen=True)
class Asked:
    """What is searched for. Several values of one filter widen it, several filters narrow the answer."""

    text: str = ""
    provinces: Collection[str] = ()
    sectors: Collection[str] = ()
    """Keys such as `2008-C`."""
    sizes: Collection[str] = ()
    types: Collection[str] = ()
    lacking: Collection[str] = ()
    links: Collection[str] = ()
    consortia: Collection[str] = ()
    """Slugs."""
    action_lines: Collection[str] = ()
    """Codes."""

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self) if each.name != "text")

    @property
    def by_participation(self) -> bool:
        return bool(self.consortia or self.action_lines)


def folded(text: str) -> Func:
    """The text as names are kept for searching; by the database, so that both are folded alike."""
    return Func(Value(text), function="consortia_folded", output_field=TextField())


def matching(organisations: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """Those whose name holds every word of the text, or whose number or code begins with it."""
    words = text.split()
    by_name = Q()
    for word in words:
        by_name &= Q(folded_name__contains=folded(word))
    identifier = "".join(words)
    by_number = Q()
    if identifier.isascii() and identifier.isalnum() and identifier[0].isdigit():
        by_number = Q(kvk_number__startswith=identifier) | Q(institution_code__startswith=identifier.upper())
    return organisations.filter(by_name | by_number if by_number else by_name)


def ranked(organisations: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """The best first: the number itself, a name that begins so, names in which every word begins so, the rest.

    What only drafts name has no name, and comes last.
    """
    words = text.split()
    identifier = "".join(words)
    nameless = When(name="", then=4)
    places = [nameless]
    if words:
        begins = Q()
        for word in words:
            begins &= Q(spaced__contains=Concat(_SPACE, folded(word), output_field=TextField()))
        places = [
            When(Q(kvk_number=identifier) | Q(institution_code=identifier.upper()), then=0),
            nameless,
            When(folded_name__startswith=folded(text), then=1),
            When(begins, then=2),
        ]
    # No annotations: what is only sorted by would be worked out, and carried along, for every row.
    return organisations.alias(
        spaced=Concat(_SPACE, "folded_name", output_field=TextField()),
        rank=Case(*places, default=3, output_field=IntegerField()),
    ).order_by("rank", "folded_name", "pk")


def meant(organisations: QuerySet[Organisation], text: str) -> str:
    """The text with words that no name has replaced by the most alike that some name has; empty where none is alike.

    For a text that found nothing. Numbers are never replaced: the next one is another company.
    """
    words = text.split()
    if not any(_may_be_mistyped(word) for word in words):
        return ""
    # The first two letters are seldom mistyped, and without them every name would have to be taken apart.
    near = Q()
    for word in words:
        if _may_be_mistyped(word):
            near |= Q(spaced__contains=Concat(_SPACE, folded(word[:2]), output_field=TextField()))
    spaced = organisations.annotate(spaced=Concat(_SPACE, "folded_name", output_field=TextField()))
    # Every name has another number: without digits there are few different words. What is left of a word with a digit
    # in it still stands within that name, and so is found.
    letters = Func(
        F("folded_name"), Value(_DIGITS), Value(" " * len(_DIGITS)), function="translate", output_field=TextField()
    )
    parts = spaced.filter(near).annotate(
        part=Func(
            Func(letters, _SPACE, function="string_to_array", output_field=TextField()),
            function="unnest",
            output_field=TextField(),
        )
    )
    known = list(parts.order_by().values_list("part", flat=True).distinct())
    found = [_most_alike(word, known) for word in words]
    return " ".join(found) if found != words else ""


def _may_be_mistyped(word: str) -> bool:
    return len(word) >= _SHORTEST_MISTYPED and word.isalpha()


def _most_alike(word: str, known: list[str]) -> str:
    if not _may_be_mistyped(word):
        return word
    near = process.extractOne(word.lower(), known, scorer=fuzz.ratio, score_cutoff=_LIKENESS)
    return near[0] if near else word


# --- filters


def filtered(organisations: QuerySet[Organisation], asked: Asked, user: Any, links: Links) -> QuerySet[Organisation]:
    """Those that fit every filter, as far as the reader may see it; `links` are those of which they see both sides."""
    rows = by_own_data(organisations, asked)
    if asked.links:
        rows = rows.filter(_linked_as(asked.links, links))
    if asked.by_participation:
        rows = rows.filter(_taking_part(asked, user, links))
    return rows


def by_own_data(rows: QuerySet[Organisation], asked: Asked) -> QuerySet[Organisation]:
    """Those that fit the filters on what the register itself says."""
    if asked.provinces:
        rows = rows.filter(province__in=_stored(asked.provinces))
    if asked.sectors:
        rows = rows.filter(_in_sectors(asked.sectors))
    if asked.sizes:
        rows = rows.filter(size_class__in=asked.sizes)
    if asked.types:
        rows = rows.filter(organisation_type__in=asked.types)
    for each in asked.lacking:
        rows = rows.filter(_LACKING[each])
    return rows


def _stored(values: Iterable[str]) -> list[str]:
    return ["" if value == NONE else value for value in values]


def _in_sectors(keys: Iterable[str]) -> Q:
    condition = Q()
    for key in keys:
        sector = sectors.named(key)
        if key == NONE:
            condition |= Q(sbi_code="")
        elif sector is not None:
            # Codes are compared as text: everything that begins with the last division sorts before the next one.
            condition |= (
                Q(sbi_version=sector.version, sbi_code__gte=sector.first, sbi_code__lt=f"{int(sector.last) + 1:02}")
                if sector.last != "99"
                else Q(sbi_version=sector.version, sbi_code__startswith="99")
            )
    return condition


_LACKING: Mapping[str, Q] = {
    Lacking.PROVINCE: Q(province=""),
    Lacking.SECTOR: Q(sbi_code=""),
    Lacking.SIZE: Q(size_class=SizeClass.UNKNOWN),
    Lacking.POSTCODE: Q(postcode=""),
    Lacking.NUMBER: Q(kvk_number__isnull=True, institution_code__isnull=True),
}


def _linked_as(kinds: Collection[str], links: Links) -> Q:
    condition = Q()
    for kind, entry in ((Linked.MERGED, EntryKind.MERGE), (Linked.SUCCEEDED, EntryKind.SUCCESSION)):
        if kind in kinds:
            condition |= Q(pk__in=[each.from_organisation_id for each in links.entries if each.kind == entry])
    if Linked.UNLINKED in kinds:
        condition |= ~Q(pk__in=[each.from_organisation_id for each in links.entries])
    return condition


def _taking_part(asked: Asked, user: Any, links: Links) -> Q:
    """Named in what counts of those HIPs and lines, or counted as by one that is, in reports that the reader sees."""
    # The annotation of `visible_to` is beyond what types know.
    reports: Any = QuarterlyReport.objects.visible_to(user)
    if asked.consortia:
        reports = reports.filter(consortium__slug__in=asked.consortia)
    # A handful of numbers: as a subquery the planner cannot tell how few they are.
    versions = [pk for pk in reports.values_list("counting_version_id", flat=True) if pk is not None]
    rows = Participation.objects.filter(version__in=versions)
    if asked.action_lines:
        lines = ActionLine.objects.filter(code__in=asked.action_lines)
        rows = rows.filter(action_line__in=list(lines.values_list("pk", flat=True)))
    # Asked once, and handed to every query that follows as the text that it came in.
    named = _as_one_text(rows.order_by().values("organisation_id").distinct()) if versions else "{}"
    keys = set(named.strip("{}").split(","))
    stand_ins = {
        link.to_organisation_id
        for entry in links.entries
        if entry.from_organisation_id is not None and str(entry.from_organisation_id) in keys
        for link in links.above(entry.from_organisation_id)
    }
    return Q(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [named])) | Q(pk__in=stand_ins)


def _as_one_text(keys: QuerySet[Any]) -> str:
    """The keys as PostgreSQL writes an array."""
    sql, parameters = keys.query.sql_with_params()
    with connection.cursor() as cursor:
        # The inner query is the compiled one of a queryset; its values travel as parameters.
        whole = f"SELECT coalesce(array_agg(organisation_id), '{{}}')::text FROM ({sql}) named"  # noqa: S608
        cursor.execute(whole, parameters)
        return str(cursor.fetchone()[0])


# --- how many there are of each


@dataclass
class Counts:
    """How many fit each value of a filter, with all other filters as they are; and how many fit all of them."""

    total: int = 0
    provinces: Counter[str] = field(default_factory=Counter)
    sectors: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    lacking: Counter[str] = field(default_factory=Counter)


def counts(found: QuerySet[Organisation], asked: Asked) -> Counts:
    """Of what matches the text, links and participations (`found`): one query, grouped by all that is filtered on."""
    groups = (
        found.order_by()
        .annotate(
            division=Left("sbi_code", 2),
            no_postcode=Case(When(postcode="", then=1), default=0, output_field=IntegerField()),
            no_number=Case(When(_LACKING[Lacking.NUMBER], then=1), default=0, output_field=IntegerField()),
        )
        .values_list(
            "province", "division", "sbi_version", "size_class", "organisation_type", "no_postcode", "no_number"
        )
        .annotate(number=Count("pk"))
    )
    result, tests = Counts(), _tests(asked)
    for province, division, version, size, kind, no_postcode, no_number, number in groups:
        lacks = _lacks(province, division, size, bool(no_postcode), bool(no_number))
        group = _Group(province or NONE, _sector_key(division, version), size, kind, lacks)
        misfits = [name for name, fits in tests if not fits(group)]
        if not misfits:
            result.total += number
        for name, values in group.values:
            if misfits in ([], [name]):
                counter = getattr(result, name)
                for value in values:
                    counter[value] += number
    return result


def _tests(asked: Asked) -> list[tuple[str, Callable[["_Group"], bool]]]:
    """Of each filter that is asked for: whether a group fits it."""
    lacking = set(asked.lacking)
    every: list[tuple[str, Collection[str], Callable[[_Group], bool]]] = [
        ("provinces", asked.provinces, lambda group: group.province in asked.provinces),
        ("sectors", asked.sectors, lambda group: group.sector in asked.sectors),
        ("sizes", asked.sizes, lambda group: group.size in asked.sizes),
        ("types", asked.types, lambda group: group.kind in asked.types),
        ("lacking", asked.lacking, lambda group: group.lacks >= lacking),
    ]
    return [(name, fits) for name, values, fits in every if values]


def _sector_key(division: str, version: str) -> str:
    """Empty for a code that no section has: no filter finds it."""
    sector = sectors.sector_of(division, version)
    return sector.key if sector else "" if division else NONE


def _lacks(province: str, division: str, size: str, no_postcode: bool, no_number: bool) -> frozenset[str]:
    missing = {
        Lacking.PROVINCE: not province,
        Lacking.SECTOR: not division,
        Lacking.SIZE: size == SizeClass.UNKNOWN,
        Lacking.POSTCODE: no_postcode,
        Lacking.NUMBER: no_number,
    }
    return frozenset(name for name, is_missing in missing.items() if is_missing)


@dataclass(frozen=True, slots=True)
class _Group:
    province: str
    sector: str
    size: str
    kind: str
    lacks: frozenset[str]

    @property
    def values(self) -> tuple[tuple[str, Collection[str]], ...]:
        """What it is counted under, by filter."""
        return (
            ("provinces", (self.province,)),
            ("sectors", (self.sector,)),
            ("sizes", (self.size,)),
            ("types", (self.kind,)),
            ("lacking", self.lacks),
        )
