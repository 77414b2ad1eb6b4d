"""People with an account, their roles, and their keys to the API."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models.hips import Consortium
from consortia.models.tracking import tracked


class Role(models.TextChoices):
    MANAGER = "manager", _("programme manager")
    REVIEWER = "reviewer", _("reviewer")
    READER = "reader", _("reader")
    COORDINATOR = "coordinator", _("HIP coordinator")
    CONTRIBUTOR = "contributor", _("contributor")


PROGRAMME_ROLES = (Role.MANAGER, Role.REVIEWER, Role.READER)


HIP_ROLES = (Role.COORDINATOR, Role.CONTRIBUTOR)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first programme manager of an installation (`manage.py createsuperuser`)."""
        user = self.create_user(email, password, **fields)
        Membership.objects.create(user=user, role=Role.MANAGER)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person with an account. What they may do follows from memberships alone (`access`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=[("nl", "Nederlands"), ("en", "English")], default="nl"
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Deactivate instead of deleting: history stays.")
    )
    is_machine = models.BooleanField(
        _("machine"),
        default=False,
        editable=False,
        help_text=_("A program that works for the programme: it has keys to the API, and nobody signs in as it."),
    )
    is_demo = models.BooleanField(_("demonstration account"), default=False, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=clock.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(is_machine=False) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) & ~Q(name=""),
                name="user_machine_is_named_and_has_no_password",
            ),
        ]

    def __str__(self) -> str:
        if self.is_machine:
            return _("%(name)s (machine)") % {"name": self.name}
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def is_staff(self) -> bool:
        """Whether the office's settings (the admin) are theirs."""
        from consortia import access

        return access.allows(self, access.Permission.CONFIGURE)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_staff

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.has_perm("")

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm("")


@tracked()
class Membership(models.Model):
    """What a person is: a role in the whole programme, or in one HIP."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    consortium = models.ForeignKey(
        Consortium,
        on_delete=models.PROTECT,
        related_name="memberships",
        null=True,
        blank=True,
        verbose_name=_("HIP"),
        help_text=_("Only for coordinators and contributors."),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["user", "role"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=PROGRAMME_ROLES, consortium__isnull=True)
                | Q(role__in=HIP_ROLES, consortium__isnull=False),
                name="membership_scope_fits_role",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "consortium"], nulls_distinct=False, name="membership_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.consortium}" if self.consortium else self.get_role_display()


class Scope(models.TextChoices):
    READ = "read", _("read")
    REPORT = "report", _("report")
    REVIEW = "review", _("review")
    MANAGE = "manage", _("manage")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> Self:
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now()),
            revoked_at__isnull=True,
            user__is_active=True,
        )


@tracked(exclude=["digest", "last_used_at"])
class ApiToken(models.Model):
    """A key to the REST API. Only its digest is kept; the key itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    hint = models.CharField(_("starts with"), max_length=12, editable=False)
    scopes = ArrayField(models.CharField(max_length=6, choices=Scope), verbose_name=_("scopes"))
    consortium = models.ForeignKey(
        "Consortium",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only for"),
        help_text=_("The key then shows and does nothing of other HIPs but what is public."),
    )
    created_at = models.DateTimeField(_("made"), default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="token_is_hashed"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)) & Q(scopes__len__gt=0),
                name="token_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hint}… ({self.user})"

    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]

    @property
    def usable_until(self) -> datetime | None:
        """The last whole minute in which it opens anything; `expires_at` is the first moment at which it does not."""
        return self.expires_at - timedelta(minutes=1) if self.expires_at else None

    @property
    def is_usable(self) -> bool:
        """As `usable` says of many; whether its owner is still active does not count here."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())
