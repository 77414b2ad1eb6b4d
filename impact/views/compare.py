"""HIPs or action lines side by side: for each indicator small pictures on one scale, with a table and the files."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia.exports import FORMAT
from impact.forms import picturing
from impact.forms.picturing import ACTION_LINES, HIPS, CompareForm
from impact.views import explorer, picture_files, pictures
from impact.views.figures import EVERYTHING
from impact.views.pictures import Moment, Picture


@require_safe
def compare(request: HttpRequest) -> HttpResponseBase:
    """The page, or the file of it that is asked for."""
    kind = request.GET.get(FORMAT, "")
    moment = Moment.of(request)
    form = CompareForm(request.GET, moment)
    if not form.is_valid() or (kind and kind not in picture_files.KINDS):
        return explorer.refused(request, form, kind, "impact/compare.html")
    elsewhere = explorer.canonical(request, form)
    if elsewhere is not None:
        return elsewhere
    hips, lines = _beside(form, moment)
    panels = pictures.panels_of(
        moment.reader,
        indicators=form.members(picturing.INDICATOR),
        measure=form.cleaned_data[picturing.MEASURE],
        hips=hips,
        lines=lines,
        quarters=form.quarters,
    )
    picture = Picture(request, moment.reader, form, panels)
    if kind:
        return picture_files.answer(picture, kind, name="compare")
    return _page(request, picture)


def _beside(form: CompareForm, moment: Moment) -> tuple[list[str], list[str]]:
    """The HIPs and lines of the columns: HIPs in all lines, or the lines of the programme or one HIP."""
    dimensions, chosen = moment.reader.dimensions, form.members(picturing.HIP)
    if form.cleaned_data[picturing.BESIDE] == ACTION_LINES:
        return chosen or [EVERYTHING], [row.code for row in dimensions.action_lines.values()]
    known = {row.consortium_id for row in moment.reader.state.counting} | set(moment.reader.state.takes_part)
    everybody = [row.slug for pk, row in dimensions.consortia.items() if pk in known]
    return chosen or everybody[: picturing.MOST_COMPARED], [EVERYTHING]


@cache_control(private=True, no_cache=True)
def _page(request: HttpRequest, picture: Picture) -> HttpResponseBase:
    context = {
        "choice": picture.form,
        "picture": picture,
        "panels": [(panel, panel.small_charts(picture.shape)) for panel in picture.panels],
        "are_hips": picture.form.cleaned_data[picturing.BESIDE] == HIPS,
        "files": picture_files.Files.of(picture),
        "seq": picture.reader.seq,
        "recorded_at": picture.reader.recorded_at,
    }
    return render(request, "impact/compare.html", context)
