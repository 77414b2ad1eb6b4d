"""Where the figures can be had by machines: what there is, and examples for the usual tools."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from impact.views import datasets

LOCAL = "http://localhost:8000/api/v1"
"""The address in the examples; whoever downloads one here gets that of this portal."""


@dataclass(frozen=True)
class Example:
    """A file of `docs/examples`, which the tests run or, where its tool is not at hand, follow."""

    name: str
    title: str | Promise
    says: str | Promise

    @cached_property
    def text(self) -> str:
        return (Path(settings.BASE_DIR) / "docs" / "examples" / self.name).read_text()


EXAMPLES = (
    Example("curl.sh", "curl", gettext_lazy("Progress, a file of companies per HIP, and asking again without a copy.")),
    Example(
        "roll_ups.py",
        "Python",
        gettext_lazy("Any indicator, of the programme or a HIP, by quarter and with its coverage. Needs only Python."),
    ),
    Example("roll_ups.R", "R", gettext_lazy("Companies of the programme by quarter, in base R without a package.")),
    Example("excel.pq", "Excel", gettext_lazy("A query for Power Query: a table that is pulled anew with one button.")),
    Example(
        "power_bi.pq",
        "Power BI",
        gettext_lazy("Every figure that the HIPs reported, with the names of HIPs and indicators beside it."),
    ),
    Example(
        "replay_changes.py",
        gettext_lazy("A copy that is kept in step"),
        gettext_lazy("Pulls only what changed since last time, and proves that its copy equals the whole. Needs only "
                     "Python."),
    ),
    Example(
        "verify_vintage.py",
        gettext_lazy("Checking a vintage"),
        gettext_lazy("Makes the hash of a published vintage again, from its figures. Needs only Python."),
    ),
    Example(
        "receive_webhooks.py",
        gettext_lazy("Receiving webhooks"),
        gettext_lazy("Checks who sent a message, and passes over what came twice. Needs only Python."),
    ),
)  # fmt: skip


@require_safe
@cache_control(private=True, no_cache=True)
def data(request: HttpRequest) -> HttpResponse:
    """The formats and the licence, with a few calls to begin with."""
    context = _address(request) | {"dataset": datasets.of_everything(request)}
    return render(request, "impact/data.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def api(request: HttpRequest) -> HttpResponse:
    """How to use the API: worked examples for each tool, words, limits, and what may change."""
    address = _address(request)
    shown = [(each, each.text.replace(LOCAL, address["api"])) for each in EXAMPLES]
    # Three are long, and are to be run rather than read.
    return render(
        request,
        "impact/data_api.html",
        address | {"examples": shown[:-3], "programs": EXAMPLES[-3:], "rates": settings.API_RATES,
                   "version": settings.API_VERSION},
    )  # fmt: skip


@require_safe
def example(request: HttpRequest, name: str) -> HttpResponse:
    """An example to download, with the address of this portal in it."""
    found = next((each for each in EXAMPLES if each.name == name), None)
    if found is None:
        raise Http404(_("There is no such example."))
    return HttpResponse(
        found.text.replace(LOCAL, _address(request)["api"]),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _address(request: HttpRequest) -> dict[str, Any]:
    return {"api": request.build_absolute_uri("/api/v1")}
