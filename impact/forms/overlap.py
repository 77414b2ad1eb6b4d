"""What a reader of the overlap explorer chooses from; whatever is left open has a default."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consortia.models import ActionLine, Consortium
from impact.models import Indicator, Measure

SPANS = [
    (Measure.VALUE.value, pgettext_lazy("window", "this quarter alone")),
    (Measure.TRAILING_YEAR.value, pgettext_lazy("window", "four quarters up to this one")),
    (Measure.CUMULATIVE.value, pgettext_lazy("window", "since the start")),
]

Choices = Iterable[tuple[str, str]]


class Chosen(forms.Form):
    """A form that is always bound: to what the address says, and for the rest to the defaults."""

    def __init__(
        self, given: Mapping[str, str], *, defaults: Mapping[str, str], choices: Mapping[str, Choices]
    ) -> None:
        self.defaults = defaults
        known = {name: given.get(name, "").replace("\x00", "") for name in self.base_fields}
        super().__init__({name: value or defaults.get(name, "") for name, value in known.items()})
        for name, values in choices.items():
            field: Any = self.fields[name]
            field.choices = values

    def value(self, name: str) -> Any:
        """What was chosen, or the default where that cannot be."""
        return self.cleaned_data[name] if self.is_valid() or name not in self.errors else self.defaults.get(name, "")


class SpanForm(Chosen):
    """Which overlap: of what, in which quarter, over which window."""

    period = forms.ChoiceField(label=_("Quarter"), required=False)
    measure = forms.ChoiceField(label=_("Over which quarters"), choices=SPANS, required=False)
    indicator = forms.ChoiceField(label=_("What is counted"), required=False)


class WantedForm(SpanForm):
    """Also which organisations of it: those of one HIP, of two, or in at least so many."""

    hip = forms.ModelChoiceField(Consortium.objects.all(), to_field_name="slug", required=False)
    other = forms.ModelChoiceField(Consortium.objects.all(), to_field_name="slug", required=False)
    least = forms.IntegerField(min_value=1, max_value=62, required=False)
    after = forms.UUIDField(required=False)


class ScopeForm(Chosen):
    """Whose course: of the programme or a HIP, in all action lines or one, of what."""

    hip = forms.ModelChoiceField(
        Consortium.objects.all(),
        to_field_name="slug",
        required=False,
        label=_("Programme or HIP"),
        empty_label=_("the programme"),
    )
    line = forms.ModelChoiceField(
        ActionLine.objects.all(),
        to_field_name="code",
        required=False,
        label=_("Action line"),
        empty_label=_("all action lines"),
    )
    indicator = forms.ChoiceField(label=_("What is counted"), required=False)


def of_indicators(indicators: Iterable[Indicator]) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in indicators]
