"""The register of organisations. Figures use what was reported on the row, so nothing here moves one."""

from typing import Any

from django import forms
from django.db.models import Case, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import identifiers
from consortia.admin.office import OfficeAdmin, OfficeForm, OfficeInline
from consortia.models import Organisation, Partner


class OrganisationForm(OfficeForm):
    class Meta:
        model = Organisation
        fields = ["name", "organisation_type", "size_class", "kvk_number", "institution_code", "postcode", "is_listed"]

    def clean_kvk_number(self) -> str | None:
        number: str | None = self.cleaned_data["kvk_number"]
        if number and not identifiers.is_kvk_number(number):
            raise forms.ValidationError(_("A KVK number has eight digits."))
        return number

    def clean_institution_code(self) -> str | None:
        code = (self.cleaned_data["institution_code"] or "").upper()
        if code and not identifiers.is_institution_code(code):
            raise forms.ValidationError(_("An institution code looks like 25PW or 25PW01."))
        return code or None

    def clean_postcode(self) -> str:
        typed = self.cleaned_data["postcode"].upper()
        postcode = identifiers.normal_postcode(typed)
        if typed and postcode is None:
            raise forms.ValidationError(_("A postcode looks like 1234 AB."))
        return postcode or ""


class PartnerInline(OfficeInline):
    model = Partner
    template = "admin/rows.html"
    fields = ["consortium", "role", "level", "start_date", "end_date"]
    verbose_name_plural = gettext_lazy("partner in")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("consortium", "organisation")


class OrganisationAdmin(OfficeAdmin):
    """Names, types and numbers in the register. Registered in `impact.admin`, which knows what was reported."""

    may_delete = True
    form = OrganisationForm
    list_display = [
        "name",
        "kvk_number",
        "institution_code",
        "organisation_type",
        "size_class",
        "postcode",
        "is_listed",
    ]
    list_display_links = ["name", "kvk_number", "institution_code"]
    list_filter = ["organisation_type", "size_class", "is_listed"]
    search_fields = ["name", "kvk_number", "institution_code"]
    search_help_text = gettext_lazy("Name, KVK number or institution code")
    inlines = [PartnerInline]
    # What only drafts name has no name yet, and so comes last.
    ordering = [Case(When(name="", then=1), default=0).asc(), "name", "id"]

    def reported_identifiers(self, organisation: Organisation) -> list[str]:
        """The fields of identifiers that stand in reports, and so stay what they are."""
        return []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.reported_identifiers(obj) if obj else []
