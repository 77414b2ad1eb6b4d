"""What every page of the administration has in common: who may, what a step asks, and how a refusal is said.

No page goes around a command. A form of the admin stores names, texts and other reference data; whatever is more than
that is a step with a page of its own, which asks what the command needs to know and calls it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import quote
from django.contrib.admin.widgets import AdminDateWidget, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from consortia import access, changes, notation
from consortia.access import Permission
from consortia.admin.lists import ListedAdmin
from consortia.errors import DomainError
from consortia.models import User
from consortia.refusals import refuse

AT_ONCE = 50
"""How many rows a step takes: their keys travel in the address."""

REFUSED_BY_DATABASE = gettext_lazy("The database does not allow this, so nothing was changed.")


def is_office(request: HttpRequest) -> bool:
    return access.allows(request.user, Permission.CONFIGURE)


def actor(request: HttpRequest) -> User:
    """Who takes the step; nobody comes here without having signed in."""
    assert isinstance(request.user, User)
    return request.user


def day(label: Any, **options: Any) -> forms.DateField:
    """A date on the page of a step."""
    return forms.DateField(label=label, widget=AdminDateWidget, **options)


def reason(*, required: bool = True) -> forms.CharField:
    """Why the office takes a step; it stands in the ledger or in the history."""
    return forms.CharField(
        label=gettext_lazy("Reason"), required=required, max_length=10_000, widget=AdminTextareaWidget({"rows": 3})
    )


class ReasonForm(forms.Form):
    """A step that asks for a reason and nothing else."""

    reason = reason()


class ConfirmForm(forms.Form):
    """A step that asks only whether one is sure."""


class OfficeForm(forms.ModelForm):
    """Reference data. Says in words what a constraint would say by its name."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("start_date"), data.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day lies before the first."))
        for name, value in list(data.items()):
            if isinstance(value, Decimal) and value < 0:
                self.add_error(name, _("This cannot be negative."))
        return data


def typed(request: HttpRequest) -> Any:
    """What somebody sent with the page of a step; a form without fields is sent all the same."""
    return request.POST if request.method == "POST" else None


class OfficeAdmin(ListedAdmin):
    """A table that the programme office sees, and edits as far as the subclass says.

    Rows are deleted only where `may_delete`, and never while anything refers to them.
    """

    may_add = True
    may_change = True
    may_delete = False
    form = OfficeForm
    list_per_page = AT_ONCE
    show_full_result_count = False
    change_form_template = "admin/office_change_form.html"
    object_history_template = "admin/object_history.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_office(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_office(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and is_office(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and is_office(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and is_office(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, models.ManyToManyField):
            # The lists are short: ticks show all of them at a glance and need no script.
            options["widget"] = forms.CheckboxSelectMultiple()
        if isinstance(db_field, models.URLField):
            options["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        # Deleting goes one by one, through the page that says what refers to the row.
        actions.pop("delete_selected", None)
        return actions

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The history says from what into what, not only which field."""
        message = super().construct_change_message(request, form, formsets, add)
        if not add and form.changed_data:
            message[0]["changed"]["fields"] = [_from_into(form, name) for name in form.changed_data]
        return message

    # -- editing and deleting, without a way to fall over

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._answered(request, partial(super().changeform_view, request, object_id, form_url, extra_context))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the database kept of the row, and below it the steps with their words."""
        from consortia.admin import history

        row = self.get_object(request, object_id)
        more = history.shown(request, row) if row is not None else {}
        return super().history_view(request, object_id, {**more, **(extra_context or {})})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._answered(request, partial(super().delete_view, request, object_id, extra_context))

    def _answered(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Django's own view, where a refusal that no form foresaw is said in words; its transaction is undone."""
        try:
            return view()
        except DomainError as error:
            self.message_user(request, str(error.detail), messages.ERROR)
        except IntegrityError:
            self.message_user(request, str(REFUSED_BY_DATABASE), messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        kept = [text for obj in objs for text in references_to(obj)]
        if kept:
            return [], {}, set(), kept
        return super().get_deleted_objects(objs, request)

    # -- steps: pages that call a command

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        """The views of the steps by their name in the address."""
        return {}

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[Any, str]]:
        """What can be done from the page of a row: labels and addresses."""
        return []

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=self._address_of(name))
            for name, view in self.steps().items()
        ]
        return own + super().get_urls()

    def _address_of(self, step: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{step}"

    def step_url(self, step: str, *objs: models.Model) -> str:
        query = urlencode([("id", obj.pk) for obj in objs])
        return reverse(f"admin:{self._address_of(step)}") + (f"?{query}" if query else "")

    def url_of(self, obj: models.Model) -> str:
        return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[quote(obj.pk)])

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["tools"] = self.tools(request, obj) if obj is not None else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def chosen(self, request: HttpRequest) -> list[Any]:
        """The rows that the address of a step names.

        Raises:
            Http404: none, too many, or one that is not there.
        """
        keys = request.GET.getlist("id")
        if not 0 < len(keys) <= AT_ONCE:
            raise Http404
        try:
            found = {str(obj.pk): obj for obj in self.get_queryset(request).filter(pk__in=keys)}
            return [found[key] for key in dict.fromkeys(keys)]
        except (KeyError, ValueError, ValidationError):
            raise Http404 from None

    def chosen_one(self, request: HttpRequest) -> Any:
        return self.chosen(request)[0]

    def attempt(self, request: HttpRequest, form: forms.BaseForm, command: Callable[..., Any], **fixed: Any) -> Any:
        """Call the command with the actor, what is fixed and what the form holds, once the form is sent and in order.

        Gives what the command gives; None while there is nothing to do, or the form now says what is wrong. Whatever
        the command consists of happens as a whole or not at all.
        """
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            with transaction.atomic():
                return command(actor=actor(request), **fixed, **form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
        except IntegrityError:
            form.add_error(None, str(REFUSED_BY_DATABASE))
        return None

    def attempt_each(
        self, request: HttpRequest, form: forms.BaseForm, command: Callable[..., Any], **rows: Sequence[Any]
    ) -> Any:
        """The same for several rows, under the name by which the command knows one of them."""
        ((name, objs),) = rows.items()
        return self.attempt(request, form, lambda **given: [command(**{name: obj}, **given) for obj in objs])

    def ask(
        self,
        request: HttpRequest,
        form: forms.BaseForm,
        *,
        title: Any,
        submit: Any = None,
        objects: Sequence[models.Model] = (),
        explanation: Any = "",
        fieldsets: Sequence[tuple[Any, dict[str, Any]]] = (),
        template: str = "admin/step.html",
        **more: Any,
    ) -> HttpResponse:
        """The page of a step; `more` is for a template that says more than the usual one."""
        shown = list(fieldsets) or [(None, {"fields": list(form.fields)})]
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "adminform": helpers.AdminForm(form, shown, {}, model_admin=self),  # type: ignore[arg-type]
            "errors": helpers.AdminErrorList(form, []),  # type: ignore[arg-type]
            "media": self.media + form.media,
            "objects": objects,
            "back": self.url_of(objects[0])
            if len(objects) == 1
            else reverse(f"admin:{self._address_of('changelist')}"),
            "explanation": explanation,
            "submit": submit or _("Save"),
            "has_view_permission": True,
            **more,
        }
        return TemplateResponse(request, template, context)

    def done(self, request: HttpRequest, text: Any, objs: Sequence[Any], *, added: bool = False) -> HttpResponse:
        """After a step: in the history of each row, a word of it, and back to where it shows."""
        for obj in objs:
            log = self.log_addition if added else self.log_change
            log(request, obj, str(text))
        self.message_user(request, str(text), messages.SUCCESS)
        if len(objs) == 1:
            return HttpResponseRedirect(self.url_of(objs[0]))
        return HttpResponseRedirect(reverse(f"admin:{self._address_of('changelist')}"))


def _from_into(form: forms.ModelForm, name: str) -> str:
    field = form.fields[name]
    before, after = form.initial.get(name), form.cleaned_data.get(name)
    if isinstance(field, forms.ModelMultipleChoiceField):
        texts = [", ".join(sorted(map(str, rows or []))) for rows in (before, after)]
    else:
        texts = [str("" if value is None else value) for value in (before, after)]
    return f"{field.label} ({Truncator(texts[0]).chars(200)} → {Truncator(texts[1]).chars(200)})"


class RecordAdmin(OfficeAdmin):
    """What is written elsewhere: the office may look at it, and nobody changes it here."""

    may_add = False
    may_change = False


class OfficeInline(admin.TabularInline):
    """Rows on the page of another row; to look at, unless the subclass says more."""

    may_add = False
    may_change = False
    may_delete = False
    form = OfficeForm
    extra = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Without a field that could be edited there is nothing to validate, and no list of choices to read.
        return self.readonly_fields if self.may_add or self.may_change else self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_office(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and is_office(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and is_office(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and is_office(request)


def step_action(step: str, label: Any) -> Callable[..., HttpResponse | None]:
    """A step for the rows that are ticked in the list."""

    @admin.action(description=label)
    def action(self: OfficeAdmin, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponse | None:
        ticked = list(queryset[: AT_ONCE + 1])
        if len(ticked) <= AT_ONCE:
            return HttpResponseRedirect(self.step_url(step, *ticked))
        self.message_user(request, _("Choose at most %(number)d at once.") % {"number": AT_ONCE}, messages.ERROR)
        return None

    action.__name__ = step
    return action


def column(field: str, label: Any, *, orders: bool = True, boolean: bool | None = None) -> Callable[[Any], Any]:
    """A column for a field whose model gives it no name."""

    @admin.display(description=label, ordering=field if orders else None, boolean=boolean)
    def value(obj: Any) -> Any:
        found = getattr(obj, field)
        if isinstance(found, Decimal):
            return notation.number(found, language=get_language() or notation.DUTCH)
        if isinstance(found, datetime):
            return date_format(timezone.localtime(found), "j F Y H:i")
        if field.endswith("quarter_id") and found:
            return notation.quarter(found, language=get_language() or notation.DUTCH)
        if found is None and not boolean:
            return "–"
        return found() if callable(found) else found

    value.__name__ = field
    value.raw = attrgetter(field)  # type: ignore[attr-defined]
    return value


def references_to(obj: models.Model) -> Iterable[str]:
    """What refers to a row, in words: as long as there is any, the row stays. Its history does not hold it."""
    histories = changes.tracked().values()
    for relation in obj._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.related_model._meta.auto_created:
            continue
        model = relation.related_model
        if model in histories:
            continue
        number = model._base_manager.filter(**{relation.field.name: obj}).count()
        if number:
            name = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural
            yield ngettext("%(number)d × %(name)s refers to this", "%(number)d × %(name)s refer to this", number) % {
                "number": number,
                "name": capfirst(name),
            }
