"""The picture beside a link to the portal elsewhere: the newest figure of the first goal, as everybody sees it."""

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consortia.templatetags import portal
from impact import progress
from impact.views import picture_files
from impact.views.figures import COMPANIES, Reader
from impact.views.goals import GoalShown

WIDTH, HEIGHT = 1200, 630
_BAR = 1040
_SECONDS = 60 * 60


@dataclass(frozen=True)
class Said:
    """What stands in the picture; without a number only whose picture it is."""

    what: str
    number: str = ""
    status: str = ""
    bar: int = 0

    @property
    def demo(self) -> str:
        return _("Demonstration data: all figures are made up.")


@require_safe
def share_image(request: HttpRequest) -> HttpResponse:
    """The headline with its quarter, status and coverage, as PNG: what links are shown with takes no other kind."""
    svg = render_to_string("impact/share.svg", {"said": said()}, request)
    tag = picture_files.tag_of(svg)
    made = picture_files.as_png(svg, tag, width=WIDTH, height=HEIGHT, scale=1, seconds=_SECONDS)
    response = HttpResponse(made, content_type="image/png", headers={"ETag": f'"{tag}"'})
    patch_cache_control(response, public=True, max_age=_SECONDS)
    return get_conditional_response(request, etag=f'"{tag}"', response=response) or response


def said() -> Said:
    """The newest figure of the goal for companies, in the language of the reader."""
    reader = Reader(AnonymousUser())
    goals = progress.read(reader.user, reader.dimensions, state=reader.state)
    found = next((row for row in goals if row.goal.indicator.code == COMPANIES), None)
    if found is None or found.latest is None or found.goal.indicator_id not in reader.state.definitions:
        return Said(_("Impact portal"))
    goal = GoalShown.of(found, reader)
    what = _("companies take part")
    if found.current.target_value is not None:
        what = _("of the %(target)s companies take part") % {"target": goal.said("target")}
    words = (
        _("%(reported)s of the %(expected)s HIP reports") if goal.is_yearly else _("%(reported)s of %(expected)s HIPs")
    )
    parts = [
        portal.quarter(found.latest.period),
        _("final") if found.latest.is_final else _("provisional"),
        words % {"reported": goal.said("reported"), "expected": goal.said("expected")},
    ]
    share = min(max(Decimal(found.share_of_target or 0), Decimal(0)), Decimal(1))
    return Said(what, goal.said("latest"), " · ".join(parts), int(share * _BAR))
