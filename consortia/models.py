"""Who takes part. Constraints and querysets; the rules that act live in `access` and `partners`."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consortia import clock, identifiers


def in_language(row: models.Model, field: str) -> str:
    """The text of `field_nl` or `field_en`, whichever the reader asked for; Dutch where English is empty."""
    english: str = getattr(row, f"{field}_en")
    dutch: str = getattr(row, f"{field}_nl")
    return english if english and get_language() == "en" else dutch


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
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

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


class Programme(models.Model):
    """The programme (programma): one row."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    name_nl = models.CharField(_("name (Dutch)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    summary_nl = models.TextField(_("summary (Dutch)"), blank=True)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    grant_eur = models.DecimalField(_("grant in euro"), max_digits=14, decimal_places=2)
    grant_share = models.DecimalField(_("share of the cost that the grant covers"), max_digits=4, decimal_places=3)
    cofinancing_eur = models.DecimalField(_("co-financing by business in euro"), max_digits=14, decimal_places=2)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    contact_name = models.CharField(_("contact"), max_length=150, blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    is_demo = models.BooleanField(
        _("holds demonstration data"),
        default=False,
        editable=False,
        help_text=_("Set once, before anything is in the ledger; replayed times are accepted only then."),
    )

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programme")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="programme_one_row"),
            models.CheckConstraint(condition=Q(end_date__gt=F("start_date")), name="programme_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def summary(self) -> str:
        return in_language(self, "summary")


class ActionLine(models.Model):
    """One of the five action lines (actielijnen), in the official order."""

    code = models.SlugField(_("code"), unique=True)
    order = models.PositiveSmallIntegerField(_("order"), unique=True)
    name_nl = models.CharField(_("name (Dutch)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    short_nl = models.CharField(_("short name (Dutch)"), max_length=30, blank=True)
    short_en = models.CharField(_("short name (English)"), max_length=30, blank=True)
    definition_nl = models.TextField(_("definition (Dutch)"), blank=True)
    definition_en = models.TextField(_("definition (English)"), blank=True)

    class Meta:
        verbose_name = _("action line")
        verbose_name_plural = _("action lines")
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")

    @property
    def short(self) -> str:
        return in_language(self, "short") or self.name

    @property
    def definition(self) -> str:
        return in_language(self, "definition")


class Theme(models.Model):
    """A theme of the programme (thema), such as the energy transition."""

    slug = models.SlugField(_("slug"), unique=True)
    name_nl = models.CharField(_("name (Dutch)"), max_length=100)
    name_en = models.CharField(_("name (English)"), max_length=100)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")


class Consortium(models.Model):
    """A High Impact PPS (HIP). From when until when it takes part stands in the ledger alone."""

    slug = models.SlugField(_("slug"), unique=True)
    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    name = models.CharField(_("name"), max_length=200, unique=True)
    is_placeholder = models.BooleanField(
        _("placeholder"), default=False, help_text=_("The office still has to enter the real name.")
    )
    regions = ArrayField(models.CharField(max_length=100), verbose_name=_("regions"), default=list, blank=True)
    themes = models.ManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="consortia")
    grant_eur = models.DecimalField(_("grant in euro"), max_digits=14, decimal_places=2, null=True, blank=True)
    grant_is_maximum = models.BooleanField(_("grant is a maximum"), default=False)
    total_cost_eur = models.DecimalField(
        _("total cost in euro"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    description_nl = models.TextField(_("description (Dutch)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    website = models.URLField(_("website"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("HIP")
        verbose_name_plural = _("HIPs")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(grant_eur__gte=0), name="consortium_grant_not_negative"),
            models.CheckConstraint(condition=Q(total_cost_eur__gte=0), name="consortium_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def description(self) -> str:
        return in_language(self, "description")


class Partnership(models.Model):
    """A public-private partnership (PPS) within a HIP."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="partnerships", verbose_name=_("HIP")
    )
    name = models.CharField(_("name"), max_length=200)
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("partnership (PPS)")
        verbose_name_plural = _("partnerships (PPS'en)")
        ordering = ["consortium", "name"]
        constraints = [
            models.UniqueConstraint(fields=["consortium", "name"], name="partnership_name_once"),
            models.CheckConstraint(condition=Q(end_date__gte=F("start_date")), name="partnership_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationType(models.TextChoices):
    COMPANY = "company", _("company")
    SCHOOL = "school", _("school")
    GOVERNMENT = "government", _("government")
    OTHER = "other", _("other")


class SizeClass(models.TextChoices):
    """By head count alone, so an *indicative* SME."""

    MICRO = "micro", _("micro (fewer than 10)")
    SMALL = "small", _("small (10 to 49)")
    MEDIUM = "medium", _("medium (50 to 249)")
    LARGE = "large", _("large (250 or more)")
    UNKNOWN = "unknown", _("unknown")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def listed(self) -> Self:
        """What everybody with an account may find: an organisation named only in a draft is not listed."""
        return self.filter(is_listed=True)


class Organisation(models.Model):
    """An organisation in the register, known by its KVK number, else by its institution code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kvk_number = models.CharField(_("KVK number"), max_length=8, null=True, blank=True)
    institution_code = models.CharField(_("institution code"), max_length=6, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    organisation_type = models.CharField(_("type"), max_length=10, choices=OrganisationType)
    postcode = models.CharField(_("postcode"), max_length=7, blank=True)
    size_class = models.CharField(_("size class"), max_length=7, choices=SizeClass, default=SizeClass.UNKNOWN)
    is_listed = models.BooleanField(_("listed in the register"), default=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "id"]
        indexes = [models.Index(Lower("name"), name="organisation_name")]
        constraints = [
            models.UniqueConstraint(fields=["kvk_number"], name="organisation_kvk_once"),
            models.UniqueConstraint(fields=["institution_code"], name="organisation_institution_once"),
            models.CheckConstraint(
                condition=Q(kvk_number__isnull=True) | Q(kvk_number__regex=identifiers.KVK_PATTERN),
                name="organisation_kvk_form",
            ),
            models.CheckConstraint(
                condition=Q(institution_code__isnull=True) | Q(institution_code__regex=identifiers.INSTITUTION_PATTERN),
                name="organisation_institution_form",
            ),
            models.CheckConstraint(
                condition=Q(postcode="") | Q(postcode__regex=identifiers.POSTCODE_PATTERN),
                name="organisation_postcode_form",
            ),
            models.CheckConstraint(
                condition=Q(organisation_type__in=OrganisationType.values), name="organisation_type_known"
            ),
            models.CheckConstraint(condition=Q(size_class__in=SizeClass.values), name="organisation_size_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.identifier

    @property
    def identifier(self) -> str:
        return self.kvk_number or self.institution_code or ""


class PartnerRole(models.TextChoices):
    LEAD = "lead", _("lead partner")
    PARTNER = "partner", _("partner")


class PartnerLevel(models.TextChoices):
    CONTRACT = "contract", _("under contract")
    INVOLVED = "involved", _("involved")


class PartnerQuerySet(models.QuerySet["Partner"]):
    def leading_on(self, day: Any) -> Self:
        """Lead partners (penvoerders) on that day."""
        return self.filter(
            Q(start_date__isnull=True) | Q(start_date__lte=day),
            Q(end_date__isnull=True) | Q(end_date__gte=day),
            role=PartnerRole.LEAD,
        )


class Partner(models.Model):
    """An organisation in a HIP, from a day until a day; the lead partner (penvoerder) may change."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="partners", verbose_name=_("HIP"))
    partnership = models.ForeignKey(
        Partnership,
        on_delete=models.PROTECT,
        related_name="partners",
        null=True,
        blank=True,
        verbose_name=_("partnership (PPS)"),
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="partner_in", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=7, choices=PartnerRole, default=PartnerRole.PARTNER)
    level = models.CharField(_("level"), max_length=8, choices=PartnerLevel, default=PartnerLevel.INVOLVED)
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["consortium", "role", "start_date", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=PartnerRole.values), name="partner_role_known"),
            models.CheckConstraint(condition=Q(level__in=PartnerLevel.values), name="partner_level_known"),
            models.CheckConstraint(condition=Q(end_date__gte=F("start_date")), name="partner_ends_after_start"),
            # int8range(id, id, '[]') stands in for "=": the embedded server has no btree_gist.
            ExclusionConstraint(
                name="partner_one_lead_at_a_time",
                expressions=[
                    (
                        Func(F("consortium_id"), F("consortium_id"), Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (
                        Func(
                            Coalesce(F("start_date"), Value("-infinity"), output_field=models.DateField()),
                            Coalesce(F("end_date"), Value("infinity"), output_field=models.DateField()),
                            Value("[]"),
                            function="daterange",
                        ),
                        "&&",
                    ),
                ],
                condition=Q(role=PartnerRole.LEAD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.consortium}"


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


class ApiToken(models.Model):
    """A key to the REST API. Only its digest is kept; the key itself is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    hint = models.CharField(_("starts with"), max_length=12, editable=False)
    scopes = ArrayField(models.CharField(max_length=6, choices=Scope), verbose_name=_("scopes"))
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
