"""HIPs or action lines side by side: for each indicator small pictures on one scale, with a table and the files."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from impact.forms import picturing
from impact.forms.picturing import ACTION_LINES, HIPS, CompareForm
from impact.views import explorer, pictures
from impact.views.figures import EVERYTHING
from impact.views.pictures import Moment, Panel, Picture


@require_safe
def compare(request: HttpRequest) -> HttpResponseBase:
    """The page, or the file of it that is asked for."""
    moment = Moment.of(request)
    form = CompareForm(request.GET, moment)

    def panels() -> tuple[Panel, ...]:
        hips, lines = _beside(form, moment)
        return pictures.panels_of(
            moment.reader,
            indicators=form.members(picturing.INDICATOR),
            measure=form.cleaned_data[picturing.MEASURE],
            hips=hips,
            lines=lines,
            quarters=form.quarters,
        )

    def shown(picture: Picture) -> dict[str, Any]:
        return {
            "panels": [(panel, panel.small_charts(picture.shape)) for panel in picture.panels],
            "are_hips": form.cleaned_data[picturing.BESIDE] == HIPS,
        }

    return explorer.answer(request, form, moment, panels, shown, name="compare", template="impact/compare.html")


def _beside(form: CompareForm, moment: Moment) -> tuple[list[str], list[str]]:
    """The HIPs and lines of the columns: HIPs in all lines, or the lines of the programme or one HIP."""
    dimensions, chosen = moment.reader.dimensions, form.members(picturing.HIP)
    if form.cleaned_data[picturing.BESIDE] == ACTION_LINES:
        return chosen or [EVERYTHING], [row.code for row in dimensions.action_lines.values()]
    known = {row.consortium_id for row in moment.reader.state.counting} | set(moment.reader.state.takes_part)
    everybody = [row.slug for pk, row in dimensions.consortia.items() if pk in known]
    return chosen or everybody[: picturing.MOST_COMPARED], [EVERYTHING]
