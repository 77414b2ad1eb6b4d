"""The office's texts of messages with their preview, and the mail that waits, failed or went out."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import mail_delivery, message_kinds, message_texts
from consortia.admin.office import ConfirmForm, OfficeAdmin, OfficeForm, RecordAdmin, step_action, typed
from consortia.message_kinds import EVERYWHERE, Kind
from consortia.message_texts import LONGEST_BODY, Text
from consortia.models import Mail, MailState, MessageTemplate, User

LANGUAGES: Any = MessageTemplate._meta.get_field("language").choices


class MessageTemplateForm(OfficeForm):
    """A text of the office; says which placeholders there are, and refuses others by name."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: [(each.code, each.label) for each in _kinds()])

    class Meta:
        model = MessageTemplate
        fields = ["kind", "language", "subject", "body"]
        widgets = {
            "subject": AdminTextInputWidget({"class": "vLargeTextField"}),
            "body": AdminTextareaWidget({"rows": 14}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = message_kinds.find(self.instance.kind or self.initial.get("kind") or "")
        if kind is not None and "body" in self.fields:
            self.fields["body"].help_text = _help(kind)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = message_kinds.find(data.get("kind") or self.instance.kind)
        if kind is None:
            return data
        for problem in message_texts.problems(kind, Text(data.get("subject", ""), data.get("body", ""))):
            self.add_error(problem.pointer.strip("/"), str(problem.detail))
        if len(data.get("body", "")) > LONGEST_BODY:
            self.add_error("body", _("This is too long."))
        return data


class PreviewForm(forms.Form):
    """What the preview is sent; as it stands in the form of the text, stored or not."""

    kind = forms.ChoiceField(choices=lambda: [(each.code, each.code) for each in _kinds()])
    language = forms.ChoiceField(choices=LANGUAGES)
    subject = forms.CharField(required=False)
    body = forms.CharField(required=False)


def _kinds() -> list[Kind]:
    return sorted(message_kinds.all_kinds(), key=lambda kind: str(kind.label).casefold())


def _help(kind: Kind) -> str:
    known = {**kind.placeholders, **EVERYWHERE}
    names = "; ".join(f"{{{name}}} = {each.meaning}" for name, each in known.items())
    return _("Markdown; an empty line begins a paragraph. You can use: %(names)s.") % {"names": names}


@admin.register(MessageTemplate)
class MessageTemplateAdmin(OfficeAdmin):
    """Texts of messages. A kind without a row here says what the portal says by itself; deleting goes back to that."""

    may_delete = True
    form = MessageTemplateForm
    change_form_template = "admin/message_text.html"
    list_display = ["kind", "language", "subject"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = message_kinds.find(request.GET.get("kind", ""))
        language = request.GET.get("language", "nl")
        if kind is None or language not in dict(LANGUAGES):
            return {}
        text = message_texts.built_in(kind, language)
        return {"kind": kind.code, "language": language, "subject": text.subject, "body": text.body}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["language"] if obj else []

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"preview": self.preview_view}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every kind in both languages, with the office's text or the portal's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = {(row.kind, row.language): row for row in MessageTemplate.objects.all()}
        rows = [
            {"label": kind.label, "texts": [self._row(kind, language, own) for language, _name in LANGUAGES]}
            for kind in _kinds()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "opts": self.opts,
            "explanation": _(
                "Every message that the portal sends by itself. Your own text goes before the built-in one; delete it "
                "to go back."
            ),
            "what": _("Message"),
            "rows": rows,
            "languages": LANGUAGES,
        }
        return TemplateResponse(request, "admin/own_texts.html", context)

    def _row(self, kind: Kind, language: str, own: Mapping[tuple[str, str], MessageTemplate]) -> dict[str, Any]:
        row = own.get((kind.code, language))
        subject = row.subject if row else message_texts.built_in(kind, language).subject
        query = urlencode({"kind": kind.code, "language": language})
        add = f"{reverse('admin:consortia_messagetemplate_add')}?{query}"
        return {"is_own": row is not None, "subject": subject, "url": self.url_of(row) if row else add}

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The text as it was typed, filled in with samples; beside it the other language as it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = PreviewForm(request.POST)
        context = {**self.admin_site.each_context(request), "title": _("Preview"), "opts": self.opts, "form": form}
        if form.is_valid():
            kind, language = message_kinds.get(form.cleaned_data["kind"]), form.cleaned_data["language"]
            asked = Text(form.cleaned_data["subject"], form.cleaned_data["body"])
            texts = {each: message_texts.text_of(kind, each) for each, _name in LANGUAGES} | {language: asked}
            context |= {
                "kind": kind,
                "problems": message_texts.problems(kind, asked),
                "samples": [self._sample(kind, texts[each], each, name) for each, name in LANGUAGES],
            }
        return TemplateResponse(request, "admin/message_preview.html", context)

    def _sample(self, kind: Kind, text: Text, language: str, name: str) -> dict[str, Any]:
        message = message_texts.sample(kind, text, language)
        return {
            "language": language,
            "name": name,
            "message": message,
            # Markdown through nh3, and samples escaped: see `message_texts`.
            "html": mark_safe(message.html),  # noqa: S308
            "text": message_texts.letter(message, kind=kind, url="/", language=language).text,
        }


@admin.register(Mail)
class MailAdmin(RecordAdmin):
    """The mail on its way: what failed comes first. Its content is of who gets it, and is not shown."""

    list_display = ["subject", "recipient", "kind", "state", "attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "recipient__name", "subject"]
    fields = ["subject", "recipient", "kind", "state", "attempts", "last_error", "next_try_at", "created_at", "sent_at"]
    actions = [step_action("retry", gettext_lazy("Try again…"))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        rows: QuerySet[Mail] = super().get_queryset(request).defer("text", "html")
        return rows

    def get_ordering(self, request: HttpRequest) -> Any:
        weight = Case(
            When(state=MailState.FAILED, then=Value(0)),
            When(state=MailState.PENDING, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return [weight.asc(), "-created_at", "pk"]

    def tools(self, request: HttpRequest, obj: Mail) -> list[tuple[Any, str]]:
        return [(_("Try again…"), self.step_url("retry", obj))] if obj.state == MailState.FAILED else []

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"retry": self.retry_view}

    def _retry(self, *, actor: User, mail: Mail) -> Mail:
        return mail_delivery.retry(actor=actor, mail=mail)

    def retry_view(self, request: HttpRequest) -> HttpResponse:
        chosen = self.chosen(request)
        form = ConfirmForm(typed(request))
        if self.attempt_each(request, form, self._retry, mail=chosen):
            return self.done(request, _("It is tried again within a minute."), chosen)
        return self.ask(
            request,
            form,
            title=_("Try again"),
            submit=_("Try again"),
            objects=chosen,
            explanation=_("It goes out under the same Message-ID as before, to the address that the person has now."),
        )
