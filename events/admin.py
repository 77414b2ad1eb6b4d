"""The office's pages for events and good practices. Drafts are edited; what is public changes by the commands."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock
from consortia.admin import OfficeAdmin, step_action
from consortia.admin.office import ConfirmForm, actor
from events import publishing
from events.forms import CancelForm, RescheduleForm, WideTextWidget, WithdrawForm
from events.models import Event, GoodPractice
from events.publishing import STEP_LABELS, Step

WIDE = 150
"""From this length on a text gets a wide field."""


class PublishedAdmin(OfficeAdmin):
    """A form for drafts and for corrections; each step has a page of its own."""

    may_delete = True
    key, key_field = "", ""
    """By what the commands know a row, and the field that holds it."""
    stays_after_publication: tuple[str, ...] = ()
    shown_only: tuple[str, ...] = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or obj.is_draft or publishing.allows(obj, Step.REVISE)
        return is_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was public keeps its address, and its place in people's calendars.
        return (obj is None or obj.is_draft) and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        is_fixed = obj is not None and not obj.is_draft
        return self.shown_only + (self.stays_after_publication if is_fixed else ())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        # A draft that is being saved here must not be published in the same moment: the form would take it back.
        return self.model._default_manager.select_for_update().get(pk=found.pk)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        if isinstance(db_field, models.URLField):
            options["assume_scheme"] = "https"
        elif isinstance(db_field, models.CharField) and (db_field.max_length or 0) >= WIDE and not db_field.choices:
            options["widget"] = WideTextWidget()
        return super().formfield_for_dbfield(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if obj.is_draft:
            obj.updated_at = clock.now()
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        texts = {name: form.cleaned_data[name] for name in form.changed_data if name in columns}
        if texts:
            self.revise(request, obj, texts)

    def revise(self, request: HttpRequest, item: Any, texts: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[Any, str]]:
        return [
            (f"{capfirst(STEP_LABELS[Step(name)])}…", self.step_url(name, obj))
            for name in self.steps()
            if publishing.allows(obj, Step(name))
        ]

    def answers(self, request: HttpRequest) -> Any:
        # A step may ask for nothing: what was sent is then empty, and still an answer.
        return request.POST if request.method == "POST" else None

    def take(
        self,
        request: HttpRequest,
        step: Step,
        form: forms.Form,
        command: Callable[..., Any],
        *,
        explanation: Any,
    ) -> HttpResponse:
        """The page of a step, and after the click the command for each of the chosen, all or none."""
        chosen = self.chosen(request)
        label = capfirst(STEP_LABELS[step])
        keys = {self.key: [getattr(item, self.key_field) for item in chosen]}
        if self.attempt_each(request, form, command, **keys):
            return self.done(request, _("Done: %(step)s.") % {"step": STEP_LABELS[step]}, chosen)
        return self.ask(request, form, title=label, submit=label, objects=chosen, explanation=explanation)


@admin.register(Event)
class EventAdmin(PublishedAdmin):
    key, key_field = "event_id", "pk"
    list_display = ["title_nl", "starts_at", "status", "kind", "organiser_name"]
    list_filter = ["status", "kind", "format", "action_lines", "consortia"]
    list_select_related = ["organised_by"]
    search_fields = ["title_nl", "title_en", "summary_nl", "summary_en", "location", "organiser", "organised_by__name"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "title_nl"]
    shown_only = ("status", "published_at", "sequence", "cancelled_reason_nl", "cancelled_reason_en", "updated_at")
    stays_after_publication = ("starts_at", "ends_at", "format", "location", "online_url")
    fieldsets = [
        (gettext_lazy("State"), {"fields": shown_only}),
        (gettext_lazy("What"), {"fields": ["title_nl", "title_en", "kind", "organised_by", "organiser"]}),
        (gettext_lazy("When and where"), {"fields": stays_after_publication}),
        (gettext_lazy("Texts"), {"fields": ["summary_nl", "summary_en", "description_nl", "description_en"]}),
        (gettext_lazy("For whom"), {"fields": ["consortia", "action_lines", "themes"]}),
    ]
    actions = [
        step_action(Step.PUBLISH, gettext_lazy("Publish…")),
        step_action(Step.CANCEL, gettext_lazy("Call off…")),
    ]

    @admin.display(description=gettext_lazy("organised by"), ordering="organised_by__name")
    def organiser_name(self, event: Event) -> str:
        return event.organiser_name

    def view_on_site(self, event: Event) -> str:
        return reverse("events:event", args=[event.pk])

    def revise(self, request: HttpRequest, item: Event, texts: Mapping[str, Any]) -> None:
        publishing.revise_event(actor=actor(request), event_id=item.pk, texts=texts)

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {
            Step.PUBLISH: self.publish_view,
            Step.RESCHEDULE: self.reschedule_view,
            Step.CANCEL: self.cancel_view,
        }

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        return self.take(
            request,
            Step.PUBLISH,
            ConfirmForm(self.answers(request)),
            publishing.publish_event,
            explanation=_("From now on everybody sees it: on the pages, in the API and in calendars."),
        )

    def reschedule_view(self, request: HttpRequest) -> HttpResponse:
        event = self.chosen_one(request)
        initial = {field: getattr(event, field) for field in self.stays_after_publication}
        return self.take(
            request,
            Step.RESCHEDULE,
            RescheduleForm(self.answers(request), initial=initial),
            lambda **given: publishing.reschedule(event_format=given.pop("format"), **given),
            explanation=_("Who has it in a calendar gets the new time and place there."),
        )

    def cancel_view(self, request: HttpRequest) -> HttpResponse:
        return self.take(
            request,
            Step.CANCEL,
            CancelForm(self.answers(request)),
            publishing.cancel,
            explanation=_("It stays in sight, marked as cancelled. This cannot be undone."),
        )


@admin.register(GoodPractice)
class GoodPracticeAdmin(PublishedAdmin):
    key, key_field = "slug", "slug"
    list_display = ["title_nl", "status", "published_at", "licence", "updated_at"]
    list_filter = ["status", "licence", "action_lines", "consortia"]
    search_fields = ["title_nl", "title_en", "summary_nl", "summary_en", "slug", "source"]
    ordering = ["-updated_at"]
    shown_only = ("status", "published_at", "withdrawn_reason", "updated_at")
    stays_after_publication = ("slug",)
    fieldsets = [
        (gettext_lazy("State"), {"fields": shown_only}),
        (gettext_lazy("What"), {"fields": ["title_nl", "title_en", "slug", "summary_nl", "summary_en"]}),
        (gettext_lazy("Dutch text"), {"fields": ["problem_nl", "approach_nl", "results_nl", "pitfalls_nl"]}),
        (gettext_lazy("English text"), {"fields": ["problem_en", "approach_en", "results_en", "pitfalls_en"]}),
        (gettext_lazy("For whom"), {"fields": ["consortia", "action_lines", "themes", "indicators"]}),
        (gettext_lazy("Ask and reuse"), {"fields": ["contact", "source", "licence"]}),
    ]
    actions = [
        step_action(Step.PUBLISH, gettext_lazy("Publish…")),
        step_action(Step.WITHDRAW, gettext_lazy("Withdraw…")),
    ]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {"slug": ["title_nl"]} if obj is None else {}

    def view_on_site(self, practice: GoodPractice) -> str:
        return reverse("events:practice", args=[practice.slug])

    def revise(self, request: HttpRequest, item: GoodPractice, texts: Mapping[str, Any]) -> None:
        publishing.revise_practice(actor=actor(request), slug=item.slug, texts=texts)

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {Step.PUBLISH: self.publish_view, Step.WITHDRAW: self.withdraw_view}

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        return self.take(
            request,
            Step.PUBLISH,
            ConfirmForm(self.answers(request)),
            publishing.publish_practice,
            explanation=_("From now on everybody sees it: on the pages and in the API."),
        )

    def withdraw_view(self, request: HttpRequest) -> HttpResponse:
        return self.take(
            request,
            Step.WITHDRAW,
            WithdrawForm(self.answers(request)),
            publishing.withdraw,
            explanation=_("Nobody but the office sees it any more. It can be published again."),
        )
