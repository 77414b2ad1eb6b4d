"""REST: which figures are asked for, as of when; and the tag of the answer."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_filters import Filter, MultipleChoiceFilter
from rest_framework.request import Request

from consortia.errors import Refused
from consortia.rest import conditional, filters, pages
from consortia.rest.filters import OnceField, StrictFilterSet
from consortia.rest.pages import Page
from consortia.rest.schema import AS_OF, query
from impact import ledger
from impact.fingerprint import Fingerprint
from impact.ledger import State
from impact.models import RollUp
from impact.rollups import Dimensions, Selection

NONE = "none"
"""As a value of `consortium` the programme, as a value of `actionLine` all lines together."""


class _AsOfField(OnceField):
    def given_twice(self) -> str:
        return _("Give one moment.")

    def read(self, text: str) -> int:
        try:
            return ledger.parse_as_of(text)
        except Refused as refused:
            problem = refused.problems[0]
            raise ValidationError(problem.detail, code=problem.code) from refused


class _AsOf(Filter):
    field_class = _AsOfField


class AsOfFilter(StrictFilterSet):
    asOf = _AsOf()


class FigureFilter(AsOfFilter):
    """Every key may be given several times: then the rows of all of them are meant."""

    consortium = MultipleChoiceFilter()
    actionLine = MultipleChoiceFilter()
    indicator = MultipleChoiceFilter()
    period = MultipleChoiceFilter()
    periodFrom = MultipleChoiceFilter()
    periodTo = MultipleChoiceFilter()

    knows_none = False
    windows = (("periodFrom", "periodTo"),)

    def __init__(self, *args: Any, dimensions: Dimensions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = [NONE] if self.knows_none else []
        periods = [row.pk for row in dimensions.quarters.values()]
        choices = {
            "consortium": [*none, *(row.slug for row in dimensions.consortia.values())],
            "actionLine": [*none, *(row.code for row in dimensions.action_lines.values())],
            "indicator": [row.code for row in dimensions.indicators.values()],
            "period": periods,
            "periodFrom": periods,
            "periodTo": periods,
        }
        for key, known in choices.items():
            self.filters[key].extra["choices"] = [(value, value) for value in known]

    def window(self, begin: str, end: str) -> tuple[Any, Any]:
        # `2025Q1` sorts as its quarter does; of several, the widest window is meant.
        first, last = super().window(begin, end)
        return min(first, default=None), max(last, default=None)

    def selection(self, dimensions: Dimensions) -> Selection:
        asked = self.form.cleaned_data
        hips = {row.slug: pk for pk, row in dimensions.consortia.items()}
        lines = {row.code: pk for pk, row in dimensions.action_lines.items()}
        indicators = {row.code: pk for pk, row in dimensions.indicators.items()}
        index = {row.pk: place for place, row in dimensions.quarters.items()}
        first = min((index[period] for period in asked["periodFrom"]), default=0)
        last = max((index[period] for period in asked["periodTo"]), default=max(index.values(), default=0))
        periods = [index[period] for period in asked["period"]] or list(index.values())
        return Selection(
            # "none" is no slug and no code, so it is looked up as None.
            consortia=[hips.get(slug) for slug in asked["consortium"]] or None,
            action_lines=[lines.get(code) for code in asked["actionLine"]] or None,
            indicators=[indicators[code] for code in asked["indicator"]] or None,
            quarters=[place for place in periods if first <= place <= last],
        )


class RollUpFilter(FigureFilter):
    knows_none = True


def _parameters(*, with_none: bool) -> list[Any]:
    hip = "Slug of a HIP" + ("; `none` is the whole programme." if with_none else ".")
    line = "Code of an action line" + ("; `none` is all lines together." if with_none else ".")
    return [
        query("consortium", hip),
        query("actionLine", line),
        query("indicator", "Code of an indicator."),
        query("period", "A quarter, such as 2025Q1."),
        query("periodFrom", "This quarter and later ones."),
        query("periodTo", "This quarter and earlier ones."),
        AS_OF,
    ]


FIGURE_PARAMETERS = _parameters(with_none=False)
ROLL_UP_PARAMETERS = _parameters(with_none=True)


def read(request: Request, filterset: type[StrictFilterSet], **options: Any) -> tuple[Any, Page]:
    """As `filters.read`, for figures, which are no rows of one table."""
    return filters.read(request, filterset, queryset=RollUp.objects.none(), **options)


def seq_of(bound: Any, page: Page, *, newest: int | None = None) -> int:
    """The seq to read at: that of the page before, else what is asked for, else the newest."""
    if page.seq is not None:
        return page.seq
    as_of: int | None = bound.form.cleaned_data["asOf"]
    if as_of is not None:
        return as_of
    return ledger.newest() if newest is None else newest


def state_at(seq: int) -> State:
    """What holds as of that seq."""
    return ledger.resolve(seq)


def is_of_a_moment(request: Request) -> bool:
    """Whether the request itself says as of which entry it is: then its answer does not follow the ledger."""
    return any(request.query_params.getlist(key) for key in ("asOf", pages.TOKEN))


def tag_of(request: Request, known: Fingerprint, *more: object) -> str:
    """The tag of an answer that follows from the ledger and the reference data, and from how it is asked for.

    It needs the fingerprint alone: `asOf`, and the token of a page, are the same entry for ever.
    """
    asked = sorted((key, values) for key, values in request.query_params.lists())
    seq = None if is_of_a_moment(request) else known.seq
    format_ = request.accepted_renderer.format
    return conditional.tag_of(
        settings.API_VERSION, request.path, asked, seq, format_, get_language(), known.reference, more
    )


def written_at(seq: int, known: Fingerprint) -> datetime | None:
    """When what an answer as of that entry is made of was last changed."""
    return known.changed_at if seq == known.seq else ledger.recorded_at(seq)
