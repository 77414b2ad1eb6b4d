"""The register for everybody with an account: searched, filtered, with how many there are of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from consortia import access, exports, sectors
from consortia.access import Permission
from consortia.models import ActionLine, Consortium, Organisation, OrganisationType, Province, SizeClass
from impact import register, register_search
from impact.models import LedgerEntry
from impact.register import Links
from impact.register_search import NONE, Asked, Counts, Lacking, Linked
from impact.views import work_lists
from impact.views.refusals import work_page

_ON_A_PAGE = 50
FRAGMENT = "register-list"

LACKING_WORDS: Mapping[str, Promise] = {
    Lacking.PROVINCE: gettext_lazy("province missing"),
    Lacking.SECTOR: gettext_lazy("sector missing"),
    Lacking.SIZE: gettext_lazy("size class unknown"),
    Lacking.POSTCODE: gettext_lazy("postcode missing"),
    Lacking.NUMBER: gettext_lazy("without a number"),
}
LINK_WORDS: Mapping[str, Promise] = {
    Linked.MERGED: gettext_lazy("merged into another"),
    Linked.SUCCEEDED: gettext_lazy("succeeded by another"),
    Linked.UNLINKED: gettext_lazy("counts for itself"),
}


@dataclass(frozen=True)
class Listed:
    """An organisation in the list; `counts_as` is what stands in for it or has succeeded it."""

    organisation: Organisation
    link: LedgerEntry | None
    counts_as: Organisation | None


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    number: int | None
    """How many would be found; None where that is not said."""


@dataclass(frozen=True)
class Filter:
    """One choice above the list, as the address has it."""

    key: str
    label: str | Promise
    any_label: str | Promise
    options: Sequence[Option]
    value: str

    @property
    def chosen(self) -> Option | None:
        return next((each for each in self.options if each.value == self.value), None)


class _Counted(Paginator):
    """Pages of rows of which the number is known already."""

    def __init__(self, rows: QuerySet[Organisation], on_a_page: int, number: int) -> None:
        super().__init__(rows, on_a_page)
        # In the place where a paginator keeps what it has counted.
        self.__dict__["count"] = number


@require_safe
@work_page
def organisations(request: HttpRequest) -> HttpResponseBase:
    """Every organisation of which the reader may know, as the address asks for them; in part for a script of ours."""
    text = _clean(request.GET, "zoek")
    hips, lines = _hips(request.user), list(ActionLine.objects.order_by("order"))
    asked = _asked(request.GET, text, {hip.slug for hip in hips}, {line.code for line in lines})
    rows = register.visible_to(request.user)
    found, meant = _matching(rows, text)
    links = Links.visible_to(request.user)
    by_others = register_search.filtered(found, _without_own(asked), request.user, links)
    counts = register_search.counts(by_others, asked)
    fitting = register_search.by_own_data(by_others, asked)
    if exports.is_asked(request):
        ranked = register_search.ranked(fitting, meant or text)
        return work_lists.register(request, ranked, links)
    page = _Counted(register_search.ranked(fitting, meant or text), _ON_A_PAGE, counts.total).get_page(
        request.GET.get("page")
    )
    filters = _filters(asked, counts, hips, lines)
    context = {
        "asked": text,
        "meant": meant,
        "page": page,
        "rows": _listed(page.object_list, links),
        "filters": filters,
        "chosen": [(each, _address(request, each.key)) for each in filters if each.value],
        "unfiltered": _address(request, *(each.key for each in filters)),
        "sees_no_reports": not hips,
        "is_filtered": asked.is_filtered,
        "may_configure": access.allows(request.user, Permission.CONFIGURE),
    }
    is_fragment = request.headers.get("X-Fragment") == FRAGMENT
    response = render(request, "impact/_register_list.html" if is_fragment else "impact/register.html", context)
    response["Vary"] = "X-Fragment"
    return response


def _address(request: HttpRequest, *left_out: str) -> str:
    """This page without these keys, from its first page."""
    query = request.GET.copy()
    for key in (*left_out, "page"):
        query.pop(key, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _clean(given: QueryDict, key: str) -> str:
    return given.get(key, "").replace("\x00", "").strip()[:200]


def _matching(rows: QuerySet[Organisation], text: str) -> tuple[QuerySet[Organisation], str]:
    """What matches the text; where nothing does, what matches the text that was probably meant."""
    if not text:
        return rows, ""
    found = register_search.matching(rows, text)
    if found.exists():
        return found, ""
    meant = register_search.meant(rows, text)
    return (register_search.matching(rows, meant), meant) if meant else (found, "")


def _hips(user: Any) -> list[Consortium]:
    """The HIPs of which the reader sees where organisations take part."""
    hips = Consortium.objects.order_by("number")
    own = access.consortia_where(user, Permission.SEE_REPORTS)
    if own is None or access.allows(user, Permission.SEE_COUNTING):
        return list(hips)
    return list(hips.filter(pk__in=own))


def _asked(given: QueryDict, text: str, hips: Iterable[str], lines: Iterable[str]) -> Asked:
    """What the address asks for. A HIP that the reader does not see is asked for all the same, and finds nothing."""

    def one(key: str, values: Iterable[str]) -> list[str]:
        value = _clean(given, key)
        return [value] if value in set(values) else []

    consortium = _clean(given, "hip")
    return Asked(
        text=text,
        provinces=one("provincie", [*Province.values, NONE]),
        sectors=one("sector", [*(each.key for each in sectors.every()), NONE]),
        sizes=one("grootte", SizeClass.values),
        types=one("soort", OrganisationType.values),
        lacking=one("ontbreekt", Lacking.VALUES),
        links=one("koppeling", Linked.VALUES),
        consortia=[consortium] if consortium else [],
        action_lines=one("lijn", lines),
    )


def _without_own(asked: Asked) -> Asked:
    """The filters that are not counted by: the others are put on the counted groups themselves."""
    return Asked(text=asked.text, links=asked.links, consortia=asked.consortia, action_lines=asked.action_lines)


def _filters(asked: Asked, counts: Counts, hips: Sequence[Consortium], lines: Sequence[ActionLine]) -> list[Filter]:
    unknown = (NONE, gettext_lazy("not known"))
    sector_names = [(each.key, _sector_label(each)) for each in sectors.every()]
    filters = [
        _counted("provincie", _("Province"), [*Province.choices, unknown], counts.provinces, asked.provinces),
        _counted("sector", _("Sector"), [*sector_names, unknown], counts.sectors, asked.sectors),
        _counted("grootte", _("Size class"), SizeClass.choices, counts.sizes, asked.sizes),
        _counted("soort", _("Type"), OrganisationType.choices, counts.types, asked.types),
    ]
    if hips:
        filters += [
            _plain("hip", _("HIP"), [(hip.slug, hip.name) for hip in hips], asked.consortia),
            _plain("lijn", _("Action line"), [(line.code, line.short) for line in lines], asked.action_lines),
        ]
    return [
        *filters,
        _plain("koppeling", _("Links"), LINK_WORDS.items(), asked.links),
        _counted("ontbreekt", _("Incomplete"), LACKING_WORDS.items(), counts.lacking, asked.lacking),
    ]


def _sector_label(sector: sectors.Sector) -> str:
    return f"{sector} ({sector.version})"


_ANY = pgettext_lazy("filter", "all")


def _counted(
    key: str, label: str, choices: Iterable[tuple[str, Any]], numbers: Mapping[str, int], asked: Iterable[str]
) -> Filter:
    """A choice of what there is, each with its number; what is chosen stays there, also where there is none."""
    value = next(iter(asked), "")
    options = [
        Option(name, str(text), numbers.get(name, 0)) for name, text in choices if numbers.get(name) or name == value
    ]
    return Filter(key, label, _ANY, options, value)


def _plain(key: str, label: str, choices: Iterable[tuple[str, Any]], asked: Iterable[str]) -> Filter:
    options = [Option(name, str(text), None) for name, text in choices]
    return Filter(key, label, _ANY, options, next(iter(asked), ""))


def _listed(rows: Iterable[Organisation], links: Links) -> list[Listed]:
    paths = {row: links.above(row.pk) for row in rows}
    ends = {path[-1].to_organisation_id for path in paths.values() if path}
    named = {row.pk: row for row in Organisation.objects.filter(pk__in={key for key in ends if key})}
    return [
        Listed(row, path[0], named.get(path[-1].to_organisation_id)) if path else Listed(row, None, None)  # type: ignore[arg-type]
        for row, path in paths.items()
    ]
