"""The office's texts of the fixed pages, with the page itself as their preview."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia import page_texts, prose
from consortia.admin.office import OfficeAdmin, OfficeForm
from consortia.models import Page, PageText

LANGUAGES: Any = PageText._meta.get_field("language").choices


class PageTextForm(OfficeForm):
    """A text of the office; refuses one of which nothing would be left on the page."""

    class Meta:
        model = PageText
        fields = ["page", "language", "title", "introduction", "body"]
        widgets = {
            "title": AdminTextInputWidget({"class": "vLargeTextField"}),
            "introduction": AdminTextareaWidget({"rows": 3, "maxlength": page_texts.LONGEST_INTRODUCTION}),
            "body": AdminTextareaWidget({"rows": 24, "maxlength": page_texts.LONGEST_BODY}),
        }

    def clean_introduction(self) -> str:
        # One paragraph, so that it cannot break out of its place.
        introduction = " ".join(self.cleaned_data["introduction"].split())
        if len(introduction) > page_texts.LONGEST_INTRODUCTION:
            raise forms.ValidationError(_("This is too long."))
        return introduction

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n").strip()
        if len(body) > page_texts.LONGEST_BODY:
            raise forms.ValidationError(_("This is too long."))
        if not strip_tags(prose.render(body)).strip():
            raise forms.ValidationError(_("Nothing of this would be on the page: HTML and pictures are left out."))
        return body


class PreviewForm(forms.Form):
    """What the preview is sent; as it stands in the form of the text, stored or not."""

    page = forms.ChoiceField(choices=Page)
    language = forms.ChoiceField(choices=LANGUAGES)
    title = forms.CharField(required=False)
    introduction = forms.CharField(required=False)
    body = forms.CharField(required=False)

    def text(self) -> page_texts.Text:
        given = self.cleaned_data
        return page_texts.written(PageText(**given), given["language"])


@admin.register(PageText)
class PageTextAdmin(OfficeAdmin):
    """Texts of pages. A page without a row here says what the portal says by itself; deleting goes back to that."""

    may_delete = True
    form = PageTextForm
    change_form_template = "admin/page_text.html"
    list_display = ["page", "language", "title"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        page, language = request.GET.get("page", ""), request.GET.get("language", "nl")
        if page not in Page.values or language not in dict(LANGUAGES):
            return {}
        text = page_texts.built_in(Page(page), language)
        return {"page": page, "language": language, "introduction": text.introduction, "body": text.body}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["page", "language"] if obj else []

    def tools(self, request: HttpRequest, obj: PageText) -> list[tuple[Any, str]]:
        back = reverse("admin:consortia_pagetext_delete", args=[obj.pk])
        return [(_("Back to the built-in text…"), back), (_("The page itself"), _address(obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"preview": self.preview_view}

    def save_model(self, request: HttpRequest, obj: PageText, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not PageText.objects.filter(page=obj.page).exclude(pk=obj.pk).exists():
            still = _("In the other language the page still has the built-in text: does that say the same?")
            messages.warning(request, still)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every page in both languages, with the office's text or the portal's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = {(row.page, row.language): row for row in PageText.objects.all()}
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "opts": self.opts,
            "explanation": _(
                "The pages about the portal itself. Your own text goes before the built-in one; delete it to go back. "
                "Dates, amounts and the address of the office come from “Programme”, and stay on the page."
            ),
            "what": _("Page"),
            "rows": [
                {"label": page.label, "texts": [self._row(page, language, own) for language, _name in LANGUAGES]}
                for page in Page
            ],
            "languages": LANGUAGES,
        }
        return TemplateResponse(request, "admin/own_texts.html", context)

    def _row(self, page: Page, language: str, own: Mapping[tuple[str, str], PageText]) -> dict[str, Any]:
        row = own.get((page.value, language))
        text = page_texts.written(row, language) if row else page_texts.built_in(page, language)
        query = urlencode({"page": page.value, "language": language})
        add = f"{reverse('admin:consortia_pagetext_add')}?{query}"
        return {"is_own": row is not None, "subject": text.title, "url": self.url_of(row) if row else add}

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The page as visitors would see it, in its language, with the text as it was typed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            # The link to the other language comes here, without what was typed.
            return HttpResponseRedirect(reverse("admin:consortia_pagetext_changelist"))
        form = PreviewForm(request.POST)
        if not form.is_valid():
            return HttpResponseBadRequest(_("Choose a page and a language first."))
        text, page = form.text(), Page(form.cleaned_data["page"])
        with override(form.cleaned_data["language"]):
            return render(request, page_texts.TEMPLATES[page], {"page_text": text, "is_preview": True})


def _address(row: PageText) -> str:
    with override(row.language):
        return reverse(row.page)
