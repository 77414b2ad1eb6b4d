"""What the address of a picture asks for: the explorer's and the comparison's choices, in one canonical order."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consortia import notation
from impact.forms.overlap import SPANS
from impact.models import Measure, Vintage
from impact.series_chart import BARS, LINES, MOST_SERIES
from impact.views.figures import COMPANIES, EVERYTHING, Reader

HIPS, ACTION_LINES = "hips", "actielijnen"
MOST_COMPARED, MOST_INDICATORS = 15, 4
INDICATOR, MEASURE, HIP, LINE, SINCE, UNTIL = "indicator", "maat", "hip", "actielijn", "van", "tot"
EDITION, MOMENT, FORM, BESIDE = "editie", "peilmoment", "vorm", "naast"


class Known(Protocol):
    """As of when is read, with the vintages to choose from and what is wrong with the moment that is asked for."""

    @property
    def reader(self) -> Reader: ...
    @property
    def vintages(self) -> Sequence[Vintage]: ...
    @property
    def wrong(self) -> Mapping[str, str]: ...
    @property
    def seq(self) -> str: ...


class PictureForm(forms.Form):
    """Always bound: to the address, and to what is usual where that says nothing."""

    several: tuple[str, ...] = ()
    """The fields that may be given more than once."""
    usual: Mapping[str, Sequence[str]] = {}

    def __init__(self, given: QueryDict, moment: "Known") -> None:
        self.reader, self.given, self._moment = moment.reader, given, moment
        reader = moment.reader
        data = QueryDict(mutable=True)
        # A character that no choice has would stand in the page as it came.
        for name in self.base_fields:
            values = [value.replace("\x00", "?") for value in given.getlist(name) if value]
            values = values or list(self.usual.get(name, ()))
            data.setlist(name, list(dict.fromkeys(values)))
        super().__init__(data)
        quarters = [reader.dimensions.quarters[index] for index in reader.ended]
        language = get_language() or notation.DUTCH
        periods = [(row.pk, notation.quarter(row.pk, language=language)) for row in quarters]
        choices: dict[str, list[Any]] = {
            INDICATOR: [
                (row.code, row.name)
                for pk, row in reader.dimensions.indicators.items()
                if pk in reader.state.definitions
            ],
            HIP: [(EVERYTHING, _("The programme")), *((r.slug, r.name) for r in reader.dimensions.consortia.values())],
            LINE: [
                (EVERYTHING, _("All action lines together")),
                *((row.code, row.name) for row in reader.dimensions.action_lines.values()),
            ],
            SINCE: [("", _("the first quarter")), *periods],
            UNTIL: [("", _("the newest quarter")), *periods],
            EDITION: [("", _("as known now")), *((row.code, str(row)) for row in moment.vintages)],
        }
        for name, values in choices.items():
            if name in self.fields:
                field: Any = self.fields[name]
                field.choices = values

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, problem in self._moment.wrong.items():
            self.add_error(name, problem)
        for name in self.base_fields:
            if name not in self.several and len({value for value in self.given.getlist(name) if value}) > 1:
                self.add_error(name, _("Choose one."))
        since, until = cleaned.get(SINCE), cleaned.get(UNTIL)
        if since and until and since > until:
            self.add_error(UNTIL, _("The last quarter comes before the first one."))
        if cleaned.get(EDITION) and self.given.get(MOMENT):
            self.add_error(MOMENT, _("Choose a vintage or a moment, not both."))
        elif self._moment.seq:
            cleaned[MOMENT] = self._moment.seq
        return cleaned

    @property
    def quarters(self) -> list[int]:
        """The chosen ones, oldest first; up to the newest that is reported where nothing else is said."""
        index = {row.pk: place for place, row in self.reader.dimensions.quarters.items()}
        ended = self.reader.ended
        newest = self.reader.latest if self.reader.latest is not None else max(ended, default=-1)
        first = index.get(self.cleaned_data[SINCE], min(ended, default=0))
        last = index.get(self.cleaned_data[UNTIL], newest)
        return [place for place in ended if first <= place <= last]

    def members(self, name: str) -> list[str]:
        """What is chosen of a field that may be given several times, in the order of the reference data."""
        field: Any = self.fields[name]
        chosen = self.cleaned_data[name]
        return [code for code, _label in field.choices if code in chosen]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The address in its one order, without what is left open."""
        return [
            (name, value)
            for name in self.base_fields
            for value in (self.members(name) if name in self.several else [self.cleaned_data[name]])
            if value
        ]

    @property
    def pairs_for_ever(self) -> list[tuple[str, str]]:
        """The same with its last quarter and its moment said: the figures behind it can no longer change."""
        fixed = {SINCE: "", UNTIL: "", EDITION: "", MOMENT: ""}
        shown = [self.reader.dimensions.quarters[place].pk for place in self.quarters]
        if shown:
            fixed |= {SINCE: shown[0], UNTIL: shown[-1]}
        fixed[MOMENT] = str(self.reader.seq)
        of_choice = dict.fromkeys(self.base_fields, "")
        return [
            (name, value)
            for name in of_choice
            for value in ([fixed[name]] if name in fixed else [each for key, each in self.pairs if key == name])
            if value
        ]


class ExplorerForm(PictureForm):
    """One indicator, of any HIPs and action lines."""

    several = (HIP, LINE)
    usual = {
        INDICATOR: [COMPANIES], MEASURE: [Measure.TRAILING_YEAR.value], HIP: [EVERYTHING], LINE: [EVERYTHING],
        FORM: [LINES],
    }  # fmt: skip

    indicator = forms.ChoiceField(label=_("Indicator"))
    maat = forms.ChoiceField(label=_("Over which quarters"), choices=SPANS)
    hip = forms.MultipleChoiceField(label=_("Programme or HIPs"), widget=forms.CheckboxSelectMultiple)
    actielijn = forms.MultipleChoiceField(label=_("Action lines"), widget=forms.CheckboxSelectMultiple)
    van = forms.ChoiceField(label=_("From"), required=False)
    tot = forms.ChoiceField(label=_("Up to and including"), required=False)
    editie = forms.ChoiceField(label=_("Vintage"), required=False)
    peilmoment = forms.CharField(
        label=_("Or as known at"),
        required=False,
        max_length=40,
        help_text=_("A date such as 2026-01-31, or the number of a ledger entry."),
    )
    vorm = forms.ChoiceField(
        label=_("Drawn as"),
        choices=[(LINES, pgettext_lazy("chart", "lines")), (BARS, pgettext_lazy("chart", "bars"))],
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = len(cleaned.get(HIP, ())) * len(cleaned.get(LINE, ()))
        if number > MOST_SERIES:
            text = ngettext(
                "That makes %(number)d line; one picture can hold %(most)d. Choose fewer, or compare side by side.",
                "That makes %(number)d lines; one picture can hold %(most)d. Choose fewer, or compare side by side.",
                number,
            )
            self.add_error(HIP, text % {"number": number, "most": MOST_SERIES})
        return cleaned


class CompareForm(PictureForm):
    """Several indicators, of HIPs or of the action lines, each in its own small picture."""

    several = (INDICATOR, HIP)
    usual = {
        BESIDE: [HIPS], INDICATOR: [COMPANIES], MEASURE: [Measure.TRAILING_YEAR.value], FORM: [LINES],
    }  # fmt: skip

    naast = forms.ChoiceField(
        label=_("Side by side"), choices=[(HIPS, _("HIPs")), (ACTION_LINES, _("The action lines"))]
    )
    indicator = forms.MultipleChoiceField(label=_("Indicators"), widget=forms.CheckboxSelectMultiple)
    maat = ExplorerForm.base_fields[MEASURE]
    hip = forms.MultipleChoiceField(
        label=_("HIPs"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Two or more; none is all of them. For action lines: at most one, and none is the programme."),
    )
    van = ExplorerForm.base_fields[SINCE]
    tot = ExplorerForm.base_fields[UNTIL]
    editie = ExplorerForm.base_fields[EDITION]
    peilmoment = ExplorerForm.base_fields[MOMENT]
    vorm = ExplorerForm.base_fields[FORM]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields[HIP]
        field.choices = [choice for choice in field.choices if choice[0] != EVERYTHING]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        hips = cleaned.get(HIP, [])
        if cleaned.get(BESIDE) == HIPS and len(hips) == 1:
            self.add_error(HIP, _("Choose at least two HIPs, or none for all of them."))
        if cleaned.get(BESIDE) == HIPS and len(hips) > MOST_COMPARED:
            self.add_error(HIP, ValidationError(_("Choose at most fifteen HIPs.")))
        if cleaned.get(BESIDE) == ACTION_LINES and len(hips) > 1:
            self.add_error(HIP, _("Choose one HIP, or none for the whole programme."))
        if len(cleaned.get(INDICATOR, [])) > MOST_INDICATORS:
            text = _("Choose at most %(number)d indicators.") % {"number": MOST_INDICATORS}
            self.add_error(INDICATOR, text)
        return cleaned
