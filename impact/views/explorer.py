"""The explorer: one indicator in any measure, of any HIPs and action lines, as a picture with its table and its files.

The address says everything, so it is the permalink; one that says the same in another order leads to it.
"""

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia.exports import FORMAT
from impact.forms import picturing
from impact.forms.picturing import ExplorerForm
from impact.views import picture_files, pictures
from impact.views.pictures import Moment, Picture


@require_safe
def explore(request: HttpRequest) -> HttpResponseBase:
    """The page, or the file of it that is asked for."""
    kind = request.GET.get(FORMAT, "")
    moment = Moment.of(request)
    reader = moment.reader
    form = ExplorerForm(request.GET, moment)
    if not form.is_valid() or (kind and kind not in picture_files.KINDS):
        return refused(request, form, kind, "impact/explorer.html")
    elsewhere = canonical(request, form)
    if elsewhere is not None:
        return elsewhere
    panels = pictures.panels_of(
        reader,
        indicators=[form.cleaned_data[picturing.INDICATOR]],
        measure=form.cleaned_data[picturing.MEASURE],
        hips=form.members(picturing.HIP),
        lines=form.members(picturing.LINE),
        quarters=form.quarters,
    )
    picture = Picture(request, reader, form, panels)
    if kind:
        return picture_files.answer(picture, kind, name="explore")
    return _page(request, picture)


@cache_control(private=True, no_cache=True)
def _page(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    panel = picture.panels[0]
    context = {
        "choice": picture.form,
        "picture": picture,
        "panel": panel,
        "chart": panel.chart(picture.shape) if panel.is_reported else None,
        "files": picture_files.Files.of(picture),
        "seq": picture.reader.seq,
        "recorded_at": picture.reader.recorded_at,
    }
    return render(request, "impact/explorer.html", context)


@cache_control(private=True, no_cache=True)
def refused(request: HttpRequest, form: picturing.PictureForm, kind: str, template: str) -> HttpResponseBase:
    """What is asked for cannot be drawn: the form says why, at its fields."""
    context = {"choice": form, "unknown_format": kind if kind not in picture_files.KINDS else ""}
    return render(request, template, context, status=400)


def canonical(request: HttpRequest, form: picturing.PictureForm) -> HttpResponseRedirect | None:
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
