"""The register of organisations. Figures use what was reported on the row, so nothing here moves one."""

from typing import Any

from django import forms
from django.db.models import Case, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock, identifiers, sectors
from consortia.admin.office import OfficeAdmin, OfficeForm, OfficeInline
from consortia.models import DataSource, Organisation, Partner


class OrganisationForm(OfficeForm):
    class Meta:
        model = Organisation
        fields = [
            "name",
            "organisation_type",
            "size_class",
            "kvk_number",
            "institution_code",
            "postcode",
            "place",
            "municipality",
            "province",
            "province_year",
            "sbi_code",
            "sbi_version",
            "is_listed",
        ]

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

    def clean_sbi_code(self) -> str:
        typed = self.cleaned_data["sbi_code"]
        code = sectors.normal_code(typed)
        if typed and code is None:
            raise forms.ValidationError(_("An SBI code has two to five digits, such as 6201 or 62.01."))
        return code or ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for value, its, detail in (
            ("province", "province_year", _("Of which year is the code of the province?")),
            ("sbi_code", "sbi_version", _("Of which edition is the SBI code?")),
        ):
            if data.get(value) and not data.get(its) and its not in self.errors:
                self.add_error(its, detail)
            if not data.get(value) and value not in self.errors:
                # Of nothing there is no year and no edition.
                data[its] = None if its == "province_year" else ""
        return data

    def save(self, commit: bool = True) -> Any:
        if {"name", "size_class", "postcode", "place", "municipality", "province", "sbi_code"} & set(self.changed_data):
            self.instance.data_source, self.instance.data_at = DataSource.OFFICE, clock.now()
        return super().save(commit)


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
    list_filter = ["organisation_type", "size_class", "province", "data_source", "is_listed"]
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
