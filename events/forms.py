"""What a visitor chooses from, and what the office fills in for a step."""

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextInputWidget, AdminURLFieldWidget
from django.utils.translation import gettext_lazy as _

from consortia.models import ActionLine, Consortium
from events.models import EventFormat


class WideTextWidget(AdminTextInputWidget):
    def __init__(self) -> None:
        super().__init__({"class": "vLargeTextField"})


class Choice(forms.Form):
    """Which HIP and which action line; both may be left open."""

    hip = forms.ModelChoiceField(
        Consortium.objects.all(), to_field_name="slug", required=False, label=_("HIP"), empty_label=_("all HIPs")
    )
    line = forms.ModelChoiceField(
        ActionLine.objects.all(),
        to_field_name="code",
        required=False,
        label=_("Action line"),
        empty_label=_("all action lines"),
    )


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it off (Dutch)?"),
        max_length=300,
        widget=WideTextWidget,
        help_text=_("Everybody can read this, on the page and in calendars."),
    )
    reason_en = forms.CharField(
        label=_("Why is it off (English)?"), max_length=300, required=False, widget=WideTextWidget
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        max_length=300,
        widget=WideTextWidget,
        help_text=_("Only the office reads this."),
    )


class RescheduleForm(forms.Form):
    starts_at = forms.SplitDateTimeField(label=_("Starts"), widget=AdminSplitDateTime)
    ends_at = forms.SplitDateTimeField(label=_("Ends"), widget=AdminSplitDateTime)
    format = forms.ChoiceField(label=_("Format"), choices=EventFormat)
    location = forms.CharField(label=_("Location"), max_length=200, required=False, widget=WideTextWidget)
    online_url = forms.URLField(
        label=_("Online address"), max_length=500, required=False, assume_scheme="https", widget=AdminURLFieldWidget
    )
