"""Accounts, their roles, and keys to the API."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consortia import clock, invitations, machines, people, tokens
from consortia.admin.office import (
    ConfirmForm,
    OfficeAdmin,
    OfficeForm,
    OfficeInline,
    ReasonForm,
    actor,
    step_action,
    typed,
)
from consortia.models import ApiToken, Consortium, Invitation, Membership, Role, Scope, User

LANGUAGES: Any = User._meta.get_field("language").choices


class NewUserForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[("", "---------"), *Role.choices])
    consortium = forms.ModelChoiceField(
        Consortium.objects.all(),
        label=gettext_lazy("HIP"),
        required=False,
        help_text=gettext_lazy("Only for coordinators and contributors."),
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Mail an invitation"),
        required=False,
        initial=True,
        help_text=gettext_lazy("A link to choose a password; it works once, for two weeks."),
    )


class EmailForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("New e-mail address"))


class RoleForm(OfficeForm):
    """A role in the list on a person's page; the words are those of `people.give_role`."""

    class Meta:
        model = Membership
        fields = ["role", "consortium"]

    def validate_constraints(self) -> None:
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError:
            self.add_error("consortium", people.MISPLACED)


class TakeRoleForm(ReasonForm):
    """Which of somebody's roles ends, and why."""

    membership = forms.ModelChoiceField(Membership.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    field_order = ["membership", "reason"]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        held: Any = self.fields["membership"]
        held.queryset = user.memberships.select_related("consortium")


class RoleFormSet(forms.BaseInlineFormSet):
    """Roles are given by command, and taken by a step of their own, which asks why."""

    actor: User

    def save_new(self, form: Any, commit: bool = True) -> Membership:
        given = form.instance
        return people.give_role(actor=self.actor, user=self.instance, role=given.role, consortium=given.consortium)


class StandingFilter(admin.SimpleListFilter):
    """Who has chosen a password, and who has still to."""

    title = gettext_lazy("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("active", _("active")), ("invited", _("invited")), ("waiting", _("without a password"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        without = queryset.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
        if self.value() == "active":
            return queryset.filter(is_active=True).exclude(pk__in=without.values("pk"))
        if self.value() == "invited":
            return without.filter(invited_until__gt=clock.now())
        return without if self.value() == "waiting" else queryset


class MembershipInline(OfficeInline):
    model = Membership
    form = RoleForm
    formset = RoleFormSet
    may_add = True
    fields = ["role", "consortium"]

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **options)
        formset.actor = actor(request)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("consortium")


@admin.register(User)
class UserAdmin(OfficeAdmin):
    """Accounts are made, given roles and deactivated; what they did stays theirs, so none is deleted."""

    list_display = ["email", "name", "roles", "standing", "language", "last_login"]
    list_filter = [StandingFilter, "is_active", "memberships__role", "memberships__consortium"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "standing", "is_demo", "date_joined", "last_login"]
    readonly_fields = ["email", "standing", "is_demo", "date_joined", "last_login"]
    inlines = [MembershipInline]
    actions = [
        step_action("invite", gettext_lazy("Mail an invitation…")),
        step_action("deactivate", gettext_lazy("Deactivate…")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        open_until = Invitation.objects.open().filter(user=OuterRef("pk")).values("expires_at")[:1]
        people_with_roles = (
            super().get_queryset(request).filter(is_machine=False).prefetch_related("memberships__consortium")
        )
        return people_with_roles.annotate(invited_until=Subquery(open_until))

    @admin.display(description=gettext_lazy("account"))
    def standing(self, user: Any) -> str:
        """Whether somebody can sign in, and if not what is the matter."""
        if not user.is_active:
            return _("deactivated")
        if user.has_usable_password():
            return _("active")
        if user.invited_until is None:
            return _("not invited")
        if user.invited_until <= clock.now():
            return _("invitation expired")
        day = date_format(timezone.localtime(user.invited_until), "j F")
        return _("invited, until %(day)s") % {"day": day}

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(str(membership) for membership in user.memberships.all()) or "–"

    def tools(self, request: HttpRequest, obj: Any) -> list[tuple[Any, str]]:
        step = ("deactivate", _("Deactivate…")) if obj.is_active else ("reactivate", _("Reactivate…"))
        found = [(_("Change the e-mail address…"), self.step_url("email", obj)), (step[1], self.step_url(step[0], obj))]
        if obj.memberships.all():
            found.insert(1, (_("Take away a role…"), self.step_url("role", obj)))
        if obj.is_active and not obj.has_usable_password():
            again = _("Mail an invitation…") if obj.invited_until is None else _("Mail the invitation again…")
            found.insert(0, (again, self.step_url("invite", obj)))
            if obj.invited_until is not None:
                found.insert(1, (_("Revoke the invitation…"), self.step_url("uninvite", obj)))
        return found

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {
            "invite": self.invite_view,
            "uninvite": self.uninvite_view,
            "role": self.take_role_view,
            "email": self.email_view,
            "deactivate": self.deactivate_view,
            "reactivate": self.reactivate_view,
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        hip = request.GET.get("consortium")
        asked = {"role": Role.COORDINATOR if hip else None, "consortium": hip, "invite": True}
        form = NewUserForm(typed(request), initial=asked)
        user = self.attempt(request, form, self._create)
        if user:
            mailed = _("The account is there, and %(email)s gets an invitation.") % {"email": user.email}
            made = _("The account is there. “Forgot password” on the sign-in page lets its owner choose a password.")
            return self.done(request, mailed if form.cleaned_data["invite"] else made, [user], added=True)
        return self.ask(request, form, title=_("Add a user"))

    def _create(self, *, actor: User, role: str, consortium: Consortium | None, invite: bool, **account: Any) -> User:
        if invite:
            return invitations.invite(actor=actor, role=role, consortium=consortium, **account)
        user = people.create_user(actor=actor, **account)
        people.give_role(actor=actor, user=user, role=role, consortium=consortium)
        return user

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        users = self.chosen(request)
        form = ConfirmForm(typed(request))
        if self.attempt_each(request, form, invitations.send, user=users):
            return self.done(request, _("The invitation is on its way."), users)
        return self.ask(
            request,
            form,
            title=_("Mail an invitation"),
            submit=_("Mail the invitation"),
            objects=users,
            explanation=_(
                "A mail with a link to choose a password. It works once, for two weeks; a link that was mailed before "
                "works no longer."
            ),
        )

    def uninvite_view(self, request: HttpRequest) -> HttpResponse:
        user = self.chosen_one(request)
        form = ConfirmForm(typed(request))
        if self.attempt(request, form, self._uninvite, user=user):
            return self.done(request, _("The invitation is revoked."), [user])
        return self.ask(
            request,
            form,
            title=_("Revoke the invitation"),
            submit=_("Revoke"),
            objects=[user],
            explanation=_("The link in the mail works no longer. The account and its roles stay."),
        )

    def _uninvite(self, *, actor: User, user: User) -> bool:
        invitations.revoke(actor=actor, user=user)
        return True

    def take_role_view(self, request: HttpRequest) -> HttpResponse:
        user = self.chosen_one(request)
        form = TakeRoleForm(typed(request), user=user)
        if self.attempt(request, form, self._take_role):
            given = form.cleaned_data
            words = {"role": given["membership"], "reason": given["reason"]}
            noted = _("Role taken away, %(role)s: %(reason)s") % words
            return self.done(request, noted, [user])
        kept = _("The account and what was done in the role stay.")
        return self.ask(
            request,
            form,
            title=_("Take away a role"),
            submit=_("Take away"),
            objects=[user],
            explanation=" ".join([kept, *self._orphaned([user])]),
        )

    def _take_role(self, *, actor: User, membership: Membership, reason: str) -> bool:
        people.take_role(actor=actor, membership=membership)
        return True

    def email_view(self, request: HttpRequest) -> HttpResponse:
        user = self.chosen_one(request)
        form = EmailForm(typed(request))
        if self.attempt(request, form, people.change_email, user=user):
            return self.done(request, _("The e-mail address is changed."), [user])
        return self.ask(request, form, title=_("Change the e-mail address"), objects=[user], explanation=user.email)

    def deactivate_view(self, request: HttpRequest) -> HttpResponse:
        users = self.chosen(request)
        form = ReasonForm(typed(request))
        if self.attempt_each(request, form, self._deactivate, user=users):
            noted = _("Deactivated: %(reason)s") % {"reason": form.cleaned_data["reason"]}
            return self.done(request, noted, users)
        return self.ask(
            request,
            form,
            title=_("Deactivate"),
            submit=_("Deactivate"),
            objects=users,
            explanation=" ".join(
                [_("No sign-in and no API token any more. Roles and history stay."), *self._left(users)]
            ),
        )

    def _deactivate(self, *, actor: User, user: User, reason: str) -> User:
        return people.deactivate(actor=actor, user=user)

    def _left(self, users: Sequence[User]) -> list[str]:
        """Which HIPs would be left without a coordinator, and how many tokens would stop working."""
        keys = ApiToken.objects.usable().filter(user__in=[user.pk for user in users]).count()
        stopped = ngettext("%(number)d API token stops working.", "%(number)d API tokens stop working.", keys)
        return self._orphaned(users) + ([stopped % {"number": keys}] if keys else [])

    def _orphaned(self, users: Sequence[User]) -> list[str]:
        gone = [user.pk for user in users]
        held = Membership.objects.filter(role=Role.COORDINATOR, user__is_active=True).select_related("consortium")
        staying = {held_by.consortium_id for held_by in held if held_by.user_id not in gone}
        orphaned = {
            str(held_by.consortium)
            for held_by in held
            if held_by.user_id in gone and held_by.consortium_id not in staying
        }
        words = [_("Without a coordinator from then on: %(hips)s.") % {"hips": ", ".join(sorted(orphaned))}]
        return words if orphaned else []

    def reactivate_view(self, request: HttpRequest) -> HttpResponse:
        user = self.chosen_one(request)
        form = ConfirmForm(typed(request))
        if self.attempt(request, form, people.reactivate, user=user):
            return self.done(request, _("Reactivated."), [user])
        return self.ask(
            request,
            form,
            title=_("Reactivate"),
            submit=_("Reactivate"),
            objects=[user],
            explanation=_("With these roles: %(roles)s.") % {"roles": self.roles(user)},
        )


class TokenForm(forms.Form):
    user = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_machine=False),
        label=gettext_lazy("User"),
        required=False,
        widget=AutocompleteSelect(ApiToken._meta.get_field("user"), admin.site),
        help_text=gettext_lazy(
            "Empty: the key of a machine, which is of the programme and of nobody. It needs a name, scopes and an end."
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What it is for, so that it can be recognised later."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=Scope,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all that the user’s roles can use."),
    )
    consortium = forms.ModelChoiceField(
        Consortium.objects.all(),
        label=gettext_lazy("Only for"),
        required=False,
        help_text=ApiToken._meta.get_field("consortium").help_text,
    )
    expires_at = forms.SplitDateTimeField(label=gettext_lazy("Valid until"), required=False, widget=AdminSplitDateTime)


@admin.register(ApiToken)
class ApiTokenAdmin(OfficeAdmin):
    """Keys to the API: made (the key shows once), looked at, revoked."""

    may_change = False
    list_display = [
        "hint", "user", "name", "shown_scopes", "consortium", "created_at", "last_used_at", "expires_at", "revoked_at",
    ]  # fmt: skip
    list_filter = ["user__is_machine", ("revoked_at", admin.EmptyFieldListFilter), "created_at", "expires_at"]
    list_select_related = ["user", "consortium"]
    search_fields = ["hint", "name", "user__email", "user__name"]
    fields = [
        "hint", "user", "name", "shown_scopes", "consortium", "created_at", "expires_at", "last_used_at", "revoked_at",
    ]  # fmt: skip
    actions = [step_action("revoke", gettext_lazy("Revoke…"))]

    @admin.display(description=gettext_lazy("scopes"))
    def shown_scopes(self, token: ApiToken) -> str:
        return ", ".join(token.scope_labels())

    def tools(self, request: HttpRequest, obj: ApiToken) -> list[tuple[Any, str]]:
        return [] if obj.revoked_at else [(_("Revoke…"), self.step_url("revoke", obj))]

    def steps(self) -> Mapping[str, Callable[[HttpRequest], HttpResponse]]:
        return {"revoke": self.revoke_view}

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(typed(request), initial={"user": request.user.pk})
        made = self.attempt(request, form, self._issue)
        if made:
            token, key = made
            response = self.done(request, _("The token is made."), [token], added=True)
            # Not in the history: the key exists nowhere but in this message.
            self.message_user(request, _("Its key, shown only now: %(key)s") % {"key": key})
            return response
        return self.ask(request, form, title=_("Add an API token"))

    def _issue(self, *, actor: User, user: User | None, **given: Any) -> tuple[ApiToken, str]:
        if user is None:
            return machines.issue(actor=actor, **given)
        return people.issue_token(actor=actor, user=user, **given)

    def _revoke(self, *, actor: User, token: ApiToken, reason: str) -> None:
        tokens.revoke(token=token)

    def revoke_view(self, request: HttpRequest) -> HttpResponse:
        chosen = self.chosen(request)
        form = ReasonForm(typed(request))
        if self.attempt_each(request, form, self._revoke, token=chosen):
            return self.done(request, _("Revoked: %(reason)s") % {"reason": form.cleaned_data["reason"]}, chosen)
        return self.ask(
            request,
            form,
            title=_("Revoke"),
            submit=_("Revoke"),
            objects=chosen,
            explanation=_("From now on the API does not know the key any more. This cannot be undone."),
        )
