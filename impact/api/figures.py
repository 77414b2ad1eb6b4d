"""REST: the figures that were reported, and the roll-ups that follow from them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from consortia.rest import rendering
from consortia.rest.pages import Page
from consortia.rest.rendering import CsvRenderer, JsonRenderer, JsonStatRenderer, NdjsonRenderer
from consortia.rest.schema import PAGES, NumberField, listing, with_keyword
from impact import ledger, rollups
from impact.api import json_stat, selection
from impact.api.keyed import Keyed
from impact.api.selection import FIGURE_PARAMETERS, ROLL_UP_PARAMETERS, AsOfFilter, FigureFilter, RollUpFilter
from impact.fingerprint import Fingerprint
from impact.leaves import Leaf
from impact.ledger import State
from impact.rollups import Dimensions, Selection
from impact.rows import figure, roll_up

TAG = "Figures"
RENDERERS = [JsonRenderer, CsvRenderer, NdjsonRenderer]


def in_formats(serializer: type[Serializer]) -> dict[Any, Any]:
    """The answer in the description, once for each format."""
    text = OpenApiResponse(str, "The whole answer, streamed, without pages.")
    return {
        (200, "application/json"): listing(serializer, with_seq=True),
        (200, "text/csv"): text,
        (200, "application/x-ndjson"): text,
    }


class FigureSerializer(Serializer):
    consortium = serializers.CharField()
    period = serializers.CharField()
    actionLine = serializers.CharField(allow_null=True)
    indicator = serializers.CharField()
    value = NumberField(allow_null=True, help_text="Null for a ratio.")
    numerator = serializers.IntegerField(allow_null=True, help_text="For a ratio.")
    denominator = serializers.IntegerField(allow_null=True, help_text="For a ratio.")
    unit = serializers.CharField()
    version = serializers.IntegerField(help_text="The version of the report that it stands in.")
    seq = serializers.IntegerField(help_text="The ledger entry that made it count.")
    withheld = serializers.BooleanField(help_text="True: not shown to anonymous callers.")


class RollUpSerializer(Serializer):
    consortium = serializers.CharField(allow_null=True, help_text="Null: the programme.")
    actionLine = serializers.CharField(
        allow_null=True, help_text="Null: all lines together. Lines overlap, they do not add up."
    )
    indicator = serializers.CharField()
    period = serializers.CharField()
    value = NumberField(allow_null=True, help_text="This quarter. For a ratio a share. Null: nobody reported.")
    new = serializers.IntegerField(allow_null=True, help_text="Organisations seen here for the first time.")
    trailingYear = NumberField(allow_null=True, help_text="This quarter and the three before.")
    cumulative = NumberField(allow_null=True, help_text="Since the first quarter.")
    low = serializers.IntegerField(allow_null=True, help_text="Bounds of `companies`, with those without a number.")
    high = serializers.IntegerField(allow_null=True)
    numerator = serializers.IntegerField(allow_null=True, help_text="Of `value`, for a ratio.")
    denominator = serializers.IntegerField(allow_null=True)
    reported = serializers.IntegerField(allow_null=True, help_text="HIPs that reported.")
    expected = serializers.IntegerField(allow_null=True)
    trailingYearReported = serializers.IntegerField(allow_null=True, help_text="HIP-quarters.")
    trailingYearExpected = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(["final", "provisional"])
    unit = serializers.CharField()
    withheld = serializers.BooleanField(help_text="True: not shown to anonymous callers.")


with_keyword(
    RollUpSerializer,
    "break",
    serializers.BooleanField(help_text="Quarters with an older definition are left out of the windows."),
)


class Cells(Keyed):
    """A list keyed by seq, in pages or streamed whole."""

    stays = True
    tag = TAG
    renderer_classes = RENDERERS
    name: str
    filterset: type[AsOfFilter]
    columns: list[str]

    def rows(
        self, asked: Any, state: State, dimensions: Dimensions, page: Page | None
    ) -> tuple[Iterator[dict[str, Any]], int | None]:
        """The rows of the page and the place after it where more follow; all of them without a page."""
        raise NotImplementedError

    def answer(self, request: Request) -> Any:
        tag, known = self.begin()
        dimensions = Dimensions.read()
        bound, page = selection.read(request, self.filterset, dimensions=dimensions)
        seq = self.seq_of(bound, page, known)
        self.unless_known(tag)
        state = selection.state_at(seq)
        asked = bound.selection(dimensions)
        if request.accepted_renderer.format == JsonRenderer.format:
            rows, place = self.rows(asked, state, dimensions, page)
            body = page.answer(list(rows), None if place is None else (place,), seq=seq)
            return Response(body, headers={"ETag": tag})
        # Nothing is reckoned for a head alone.
        content = () if request.method == "HEAD" else self.written(asked, state, dimensions)
        return self._stream(content, seq, tag)

    def written(self, asked: Any, state: State, dimensions: Dimensions) -> Iterable[bytes]:
        """The whole answer, in a format other than JSON."""
        rows, _none = self.rows(asked, state, dimensions, None)
        if self.request.accepted_renderer.format == CsvRenderer.format:
            return rendering.as_csv(self.columns, rows)
        return rendering.ndjson(rows)

    def _stream(self, content: Iterable[bytes], seq: int, tag: str) -> StreamingHttpResponse:
        renderer: Any = self.request.accepted_renderer
        is_csv = renderer.format == CsvRenderer.format
        return StreamingHttpResponse(
            content,
            content_type="text/csv; charset=utf-8; header=present" if is_csv else renderer.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{self.name}-{seq}.{renderer.extension}"',
                "ETag": tag,
                "Ledger-Seq": str(seq),
            },
        )


class Figures(Cells):
    name = "figures"
    filterset = FigureFilter
    columns = list(FigureSerializer().fields)

    @extend_schema(
        operation_id="listFigures",
        parameters=[*FIGURE_PARAMETERS, *PAGES],
        responses=in_formats(FigureSerializer),
    )
    def get(self, request: Request) -> Any:
        """The reported numbers that count: by HIP, quarter, indicator and action line."""
        return self.answer(request)

    def rows(
        self, asked: Selection, state: State, dimensions: Dimensions, page: Page | None
    ) -> tuple[Iterator[dict[str, Any]], int | None]:
        leaves: Sequence[Leaf] = rollups.read_leaves(asked, self.request.user, dimensions, state=state)
        place = None
        if page is not None:
            start = page.after[0] if page.after else 0
            end = start + page.size
            place = end if end < len(leaves) else None
            leaves = leaves[start:end]
        return (figure(leaf, dimensions) for leaf in leaves), place


class Combinations(Cells):
    """A row for every combination that is asked for: a page reads no more HIPs and lines than it shows."""

    def read(self, asked: Selection, state: State, dimensions: Dimensions) -> Iterator[dict[str, Any]]:
        """The rows of a selection, in the order of its members."""
        raise NotImplementedError

    def rows(
        self, asked: Selection, state: State, dimensions: Dimensions, page: Page | None
    ) -> tuple[Iterator[dict[str, Any]], int | None]:
        if page is None:
            return self.read(asked, state, dimensions), None
        part, skipped, start, end, total = _part_of(asked, state, dimensions, page)
        rows = self.read(part, state, dimensions) if start < end else iter(())
        return islice(rows, start - skipped, end - skipped), end if end < total else None


_JSON_STAT = {
    "type": "object",
    "description": "A dataset of JSON-stat 2.0, whole: every combination with its measures. `status` says of "
    "each value: f(inal), p(rovisional), m(issing) or w(ithheld).",
    "required": ["version", "class", "id", "size", "dimension", "value", "status"],
}


class RollUps(Combinations):
    renderer_classes = [*RENDERERS, JsonStatRenderer]
    name = "roll-ups"
    filterset = RollUpFilter
    columns = list(RollUpSerializer().fields)

    @extend_schema(
        operation_id="listRollUps",
        parameters=[*ROLL_UP_PARAMETERS, *PAGES],
        responses=in_formats(RollUpSerializer) | {(200, JsonStatRenderer.media_type): _JSON_STAT},
    )
    def get(self, request: Request) -> Any:
        """A row for every combination asked for, also where nothing was reported, with its coverage."""
        return self.answer(request)

    def read(self, asked: Selection, state: State, dimensions: Dimensions) -> Iterator[dict[str, Any]]:
        return (roll_up(cell, dimensions) for cell in rollups.read(asked, self.request.user, dimensions, state=state))

    def is_for_ever(self, known: Fingerprint, *, is_exact: bool) -> bool:
        # The cube has the names of its members in it.
        return super().is_for_ever(known, is_exact=is_exact) and not self._is_cube

    @property
    def _is_cube(self) -> bool:
        return bool(self.request.accepted_renderer.format == JsonStatRenderer.format)

    def written(self, asked: Selection, state: State, dimensions: Dimensions) -> Iterable[bytes]:
        if not self._is_cube:
            return super().written(asked, state, dimensions)
        rows, _none = self.rows(asked, state, dimensions, None)
        return json_stat.cube(
            rows,
            rollups.spell_out(asked, state, dimensions),
            state,
            dimensions,
            address=self.request.build_absolute_uri(),
            updated=ledger.recorded_at(state.seq),
        )


def _part_of(
    asked: Selection, state: State, dimensions: Dimensions, page: Page
) -> tuple[Selection, int, int, int, int]:
    """The HIPs and lines that the page touches, so that no other cells are read.

    With it: how many cells come before that part, the page's first cell and the one after its last, and all cells.
    """
    whole = rollups.spell_out(asked, state, dimensions)
    of_line = len(whole.indicators) * len(whole.quarters)
    of_hip = len(whole.action_lines) * of_line
    total = len(whole.consortia) * of_hip
    start = min(page.after[0] if page.after else 0, total)
    end = min(start + page.size, total)
    if start == end:
        return asked, 0, start, end, total
    first, last = start // of_hip, (end - 1) // of_hip
    skipped = first * of_hip
    lines = whole.action_lines
    if first == last:
        first_line, last_line = (start - skipped) // of_line, (end - 1 - skipped) // of_line
        lines = lines[first_line : last_line + 1]
        skipped += first_line * of_line
    part = Selection(whole.consortia[first : last + 1], lines, whole.indicators, whole.quarters)
    return part, skipped, start, end, total
