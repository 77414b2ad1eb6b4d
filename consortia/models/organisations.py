"""The register of organisations, and which of them are partners in a HIP."""

import uuid
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from consortia import identifiers
from consortia.models.hips import Consortium, Partnership
from consortia.models.tracking import tracked


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


@tracked()
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


@tracked()
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
