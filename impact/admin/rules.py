"""The rules of the check: written here, tried on history, and only then in force."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from consortia import notation
from consortia.admin import OfficeAdmin, OfficeForm, typed
from consortia.admin.office import ConfirmForm, actor
from consortia.errors import Refused
from consortia.refusals import refuse
from impact import rules
from impact.models import CheckRule, Indicator


class RuleForm(OfficeForm):
    """What a rule asks, and how it is said; whether it holds is a step."""

    class Meta:
        model = CheckRule
        fields = ["code", "kind", "indicator", "whole", "factor", "least", "text_nl", "text_en"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            known = {name: value for name, value in data.items() if name in self.fields}
            if problems := rules.problems(CheckRule(**known)):
                refuse(self, Refused(problems))
        return data


@admin.register(CheckRule)
class RuleAdmin(OfficeAdmin):
    """Whoever changes what a rule asks takes it out of force, until it is tried again."""

    form = RuleForm
    list_display = ["code", "kind", "indicator", "factor", "least", "is_active", "trial"]
    list_filter = ["is_active", "kind"]
    search_fields = ["code", "indicator__code", "indicator__name_nl", "indicator__name_en"]
    list_select_related = ["indicator"]
    readonly_fields = ["is_active", "trial", "found"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (None, {"fields": ["code", "kind", "indicator", "whole", "factor", "least"]}),
            (_("Shown with the question"), {"fields": ["text_nl", "text_en"], "description": _("May stay empty.")}),
            *([(_("In force"), {"fields": ["is_active", "trial", "found"]})] if obj else []),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CheckRule]:
        return super().get_queryset(request).select_related("indicator", "whole")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["code", *self.readonly_fields] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: CheckRule, form: Any, change: bool) -> None:
        obj.pk = rules.store(actor=actor(request), rule=obj).pk

    @admin.display(description=gettext_lazy("trial on history"))
    def trial(self, rule: CheckRule) -> str:
        if rule.tried_at is None:
            return _("not tried yet")
        if not rule.is_tried:
            return _("not tried since it was changed")
        return _("Questions: %(hits)d. Reports: %(reports)d. %(day)s") % {
            "hits": rule.tried_hits,
            "reports": rule.tried_reports,
            "day": date_format(localtime(rule.tried_at), "j F Y H:i"),
        }

    @admin.display(description=gettext_lazy("what it found"))
    def found(self, rule: CheckRule) -> SafeString | str:
        """Every hit with its HIP, quarter and figure, as the HIP would have been asked."""
        if not rule.tried_found:
            return "–"
        language = get_language() or notation.DUTCH
        names = {row.code: row.name for row in Indicator.objects.all()}
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    hit["name"],
                    notation.quarter(hit["quarter"], language=language),
                    ", ".join(filter(None, [names.get(hit["indicator"], hit["indicator"]), hit["actionLine"]])),
                    notation.number(rules.value_of(hit), language=language) if hit["value"] else "–",
                    hit["en" if language.startswith(notation.ENGLISH) else "nl"],
                )
                for hit in rule.tried_found
            ),
        )
        heads = format_html_join(
            "", "<th scope=\"col\">{}</th>",
            ((text,) for text in (_("HIP"), _("Quarter"), _("Figure"), _("Number"), _("Question"))),
        )  # fmt: skip
        more = (rule.tried_hits or 0) - len(rule.tried_found)
        rest = _("And %(number)d more.") % {"number": more} if more > 0 else ""
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}", heads, rows, rest)

    # -- steps

    def tools(self, request: HttpRequest, obj: CheckRule) -> list[tuple[Any, str]]:
        offered = [(_("Try on history…"), self.step_url("try", obj))]
        if obj.is_active:
            offered.append((_("Take out of force…"), self.step_url("deactivate", obj)))
        elif obj.is_tried:
            offered.append((_("Put in force…"), self.step_url("activate", obj)))
        return offered

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"try": self.try_view, "activate": self.activate_view, "deactivate": self.deactivate_view}

    def try_view(self, request: HttpRequest) -> HttpResponse:
        rule, form = self.chosen_one(request), ConfirmForm(typed(request))
        if tried := self.attempt(request, form, rules.try_out, rule=rule):
            return self.done(request, _("Tried on history: %(trial)s.") % {"trial": self.trial(tried)}, [rule])
        return self.ask(
            request,
            form,
            title=_("Try on history"),
            submit=_("Try"),
            objects=[rule],
            explanation=_(
                "The rule looks at every report that counts, with what was known before that quarter. Nobody is asked "
                "anything; this page then lists what would have been asked. With many reports this takes some seconds."
            ),
        )

    def activate_view(self, request: HttpRequest) -> HttpResponse:
        rule, form = self.chosen_one(request), ConfirmForm(typed(request))
        if self.attempt(request, form, rules.activate, rule=rule):
            return self.done(request, _("The rule is in force."), [rule])
        return self.ask(
            request,
            form,
            title=_("Put in force"),
            submit=_("Put in force"),
            objects=[rule],
            explanation=_("On history: %(trial)s. From now on every draft is asked.") % {"trial": self.trial(rule)},
        )

    def deactivate_view(self, request: HttpRequest) -> HttpResponse:
        rule, form = self.chosen_one(request), ConfirmForm(typed(request))
        if self.attempt(request, form, rules.deactivate, rule=rule):
            return self.done(request, _("The rule is no longer in force."), [rule])
        return self.ask(
            request,
            form,
            title=_("Take out of force"),
            submit=_("Take out of force"),
            objects=[rule],
            explanation=_("From now on no draft is asked. What was explained stays with its version."),
        )
