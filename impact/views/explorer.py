"""The explorer: one indicator in any measure, of any HIPs and action lines, as a picture with its table and its files.

The address says everything, so it is the permalink; one that says the same in another order leads to it.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia.exports import FORMAT
from impact.forms import picturing
from impact.forms.picturing import ExplorerForm, PictureForm
from impact.views import picture_files, pictures
from impact.views.pictures import Moment, Panel, Picture


@require_safe
def explore(request: HttpRequest) -> HttpResponseBase:
    """The page, or the file of it that is asked for."""
    moment = Moment.of(request)
    form = ExplorerForm(request.GET, moment)

    def panels() -> tuple[Panel, ...]:
        return pictures.panels_of(
            moment.reader,
            indicators=[form.cleaned_data[picturing.INDICATOR]],
            measure=form.cleaned_data[picturing.MEASURE],
            hips=form.members(picturing.HIP),
            lines=form.members(picturing.LINE),
            quarters=form.quarters,
        )

    def shown(picture: Picture) -> dict[str, Any]:
        panel = picture.panels[0]
        return {"panel": panel, "chart": panel.chart(picture.shape) if panel.is_reported else None}

    return answer(request, form, moment, panels, shown, name="explore", template="impact/explorer.html")


def answer(
    request: HttpRequest,
    form: PictureForm,
    moment: Moment,
    panels: Callable[[], tuple[Panel, ...]],
    shown: Callable[[Picture], dict[str, Any]],
    *,
    name: str,
    template: str,
) -> HttpResponseBase:
    """What an address with choices answers: why it cannot be drawn, the address that says the same, a file, or a page.

    `panels` reads what is drawn, and `shown` is what the page has of it; `name` is that of the files.
    """
    kind = request.GET.get(FORMAT, "")
    if not form.is_valid() or (kind and kind not in picture_files.KINDS):
        return _refused(request, form, kind, template)
    elsewhere = _canonical(request, form)
    if elsewhere is not None:
        return elsewhere
    picture = Picture(request, moment.reader, form, panels())
    if kind:
        return picture_files.answer(picture, kind, name=name)
    return _page(request, picture, shown(picture), template)


@cache_control(private=True, no_cache=True)
def _page(request: HttpRequest, picture: Picture, shown: dict[str, Any], template: str) -> HttpResponseBase:
    context = {
        "choice": picture.form,
        "picture": picture,
        "files": picture_files.Files.of(picture),
        "seq": picture.reader.seq,
        "recorded_at": picture.reader.recorded_at,
        **shown,
    }
    return render(request, template, context)


@cache_control(private=True, no_cache=True)
def _refused(request: HttpRequest, form: PictureForm, kind: str, template: str) -> HttpResponseBase:
    """What is asked for cannot be drawn: the form says why, at its fields."""
    context = {"choice": form, "unknown_format": kind if kind not in picture_files.KINDS else ""}
    return render(request, template, context, status=400)


def _canonical(request: HttpRequest, form: PictureForm) -> HttpResponseRedirect | None:
    """Where the same is asked for in the one order, if it is not asked for so; without a question all is as usual."""
    kind = request.GET.get(FORMAT, "")
    asked = [(key, value) for key, values in request.GET.lists() for value in values]
    rest = [(key, value) for key, value in asked if key != FORMAT]
    wanted = [*form.pairs, *([(FORMAT, kind)] if kind else [])]
    if not rest or asked == wanted:
        return None
    query = QueryDict(mutable=True)
    for key, value in wanted:
        query.appendlist(key, value)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
