"""A list to take away: what a page shows, without pages, as a workbook; at the page's own address with `formaat=xlsx`.

So the filters, who may see the list and what is withheld are those of the page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from consortia import clock, spreadsheets
from consortia.models import Programme
from consortia.spreadsheets import Column, Sheet

FORMAT, XLSX = "formaat", "xlsx"
WHICH = "lijst"
"""Which of the lists of a page, where it has several."""
Columns = list[Column | str]
_NO_FILTERS = (FORMAT, WHICH, "pagina", "page", "p")


def is_asked(request: HttpRequest, which: str = "") -> bool:
    """Whether a page is asked for its list; of a page with several, for this one."""
    return request.GET.get(FORMAT) == XLSX and request.GET.get(WHICH, "") == which


def address(request: HttpRequest, which: str = "") -> str:
    """Where the list of the page that is shown is to be had: the same address, asked for the list."""
    kept = [(key, value) for key, value in _filters(request)]
    return f"?{urlencode([*kept, (FORMAT, XLSX), *([(WHICH, which)] if which else [])])}"


def answer(
    request: HttpRequest,
    *,
    name: str,
    title: str,
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[object]],
    about: Mapping[str, object] | None = None,
) -> FileResponse:
    """The workbook of one list; `about` says more of it than title, moment and filters."""
    return answer_of(request, name=name, title=title, sheets=[sheet(title, columns, rows)], about=about)


def sheet(title: str, columns: Sequence[Column | str], rows: Iterable[Sequence[object]]) -> Sheet:
    return Sheet(title, [Column(each) if isinstance(each, str) else each for each in columns], rows)


def answer_of(
    request: HttpRequest, *, name: str, title: str, sheets: Sequence[Sheet], about: Mapping[str, object] | None = None
) -> FileResponse:
    """The workbook of several lists, a sheet each. It is written to disk first, and gone once it is sent."""
    moment = clock.now()
    stream = spreadsheets.written(sheets, about=list(_about(request, title, about or {})), title=title, created=moment)
    day = moment.astimezone(clock.AMSTERDAM).date().isoformat()
    return FileResponse(
        stream,
        as_attachment=True,
        filename=f"{name}-{day}.xlsx",
        content_type=spreadsheets.CONTENT_TYPE,
        headers={"Cache-Control": "private, no-store"},
    )


def _filters(request: HttpRequest) -> list[tuple[str, str]]:
    return [(key, value) for key, values in request.GET.lists() if key not in _NO_FILTERS for value in values]


def _about(request: HttpRequest, title: str, more: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    programme = Programme.objects.first()
    yield _("What"), title
    if programme is not None:
        yield _("Programme"), programme.name
        if programme.is_demo:
            yield "", _("Demonstration data: all figures are made up.")
    yield _("Made on"), clock.now()
    yield from more.items()
    chosen = [(key, value) for key, value in _filters(request) if value]
    filters = "; ".join(f"{key} = {value}" for key, value in chosen)
    yield _("Filters"), filters or _("none: everything that you may see")
    query = urlencode(chosen)
    yield _("The same on the site"), request.build_absolute_uri(request.path) + (f"?{query}" if query else "")
    yield "", _("An empty cell was not reported or is not known; a zero is a zero.")
