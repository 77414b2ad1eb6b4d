"""Steps that append to the ledger: afterwards a worker is nudged to roll up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consortia.admin import OfficeAdmin, RecordAdmin
from consortia.errors import DomainError, Refused, Stale
from consortia.refusals import refuse
from impact import ledger, tasks
from impact.ledger import State


@dataclass(frozen=True)
class Step:
    """A step that is taken only on the preview that its actor saw; `about` says what that was a preview of."""

    about: str
    says: str
    """What it does, in one sentence."""
    effect: Callable[[State], Mapping[str, Any]]
    """What the page shows of what would change."""
    take: Callable[..., object]
    """The command, but for `seen`: the seq of the preview."""
    done: str
    leads_to: models.Model | None = None
    """Where one is afterwards; None: where one came from."""


class LedgerStepAdmin(OfficeAdmin):
    """A table whose steps go into the ledger."""

    def done(self, request: HttpRequest, text: Any, objs: Sequence[Any], *, added: bool = False) -> HttpResponse:
        tasks.nudge()
        return super().done(request, text, objs, added=added)

    def on_preview(
        self,
        request: HttpRequest,
        source: models.Model,
        form: forms.Form,
        step_of: Callable[[dict[str, Any]], Step],
        *,
        title: str,
        confirm: str,
        explanation: str,
        template: str,
        fieldsets: Callable[[bool], Sequence[tuple[Any, dict[str, Any]]]] | None = None,
    ) -> HttpResponse:
        """First the form, then with it all that would change, then the step: on the figures that were seen.

        `fieldsets` are those of the page with the preview, or without it.
        """
        page: dict[str, Any] = {"effect": None, "submit": _("Show what changes")}
        if request.method == "POST" and form.is_valid():
            try:
                step = step_of(form.cleaned_data)
                if self._is_taken(request, form, step):
                    return self.done(request, step.done, [step.leads_to or source])
                state = ledger.resolve()
                page = {
                    **step.effect(state),
                    "seen": f"{state.seq} {step.about}",
                    "says": step.says,
                    "submit": confirm,
                }
            except DomainError as error:
                refuse(form, error)
        return self.ask(
            request,
            form,
            title=title,
            objects=[source],
            explanation=explanation,
            template=template,
            fieldsets=fieldsets("seen" in page) if fieldsets else (),
            **page,
        )

    def _is_taken(self, request: HttpRequest, form: forms.Form, step: Step) -> bool:
        """Take the step if this very step was seen; where the ledger has moved since, or something lacks, say so."""
        seq, _space, about = request.POST.get("seen", "").partition(" ")
        if not seq:
            return False
        if about == step.about and seq.isascii() and seq.isdigit():
            try:
                step.take(seen=int(seq))
            except Stale:
                form.add_error(None, _("The figures have changed since you looked. Below is what would change now."))
                return False
            except Refused as error:
                refuse(form, error)
                return False
            return True
        form.add_error(None, _("This is something else than what you saw. Below is what would change now."))
        return False


class LedgerRecordAdmin(LedgerStepAdmin, RecordAdmin):
    """The same, for a table that is not edited here."""
