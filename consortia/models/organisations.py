"""The register of organisations, and which of them are partners in a HIP."""

import uuid
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from consortia import identifiers, sectors
from consortia.models.hips import Consortium, Partnership
from consortia.models.tracking import tracked

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Between these a year is one of region codes, and not a slip of the hand."""


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


class Province(models.TextChoices):
    """The provinces by the codes of CBS (Statistics Netherlands), in their order. Codes and borders hold for a year."""

    GRONINGEN = "PV20", "Groningen"
    FRYSLAN = "PV21", "Fryslân"
    DRENTHE = "PV22", "Drenthe"
    OVERIJSSEL = "PV23", "Overijssel"
    FLEVOLAND = "PV24", "Flevoland"
    GELDERLAND = "PV25", "Gelderland"
    UTRECHT = "PV26", "Utrecht"
    NOORD_HOLLAND = "PV27", "Noord-Holland"
    ZUID_HOLLAND = "PV28", "Zuid-Holland"
    ZEELAND = "PV29", "Zeeland"
    NOORD_BRABANT = "PV30", "Noord-Brabant"
    LIMBURG = "PV31", "Limburg"


class SbiVersion(models.TextChoices):
    """The edition of the Standaard Bedrijfsindeling that a code is of: the same digits may mean something else."""

    SBI_2008 = "2008", _("SBI 2008")
    SBI_2025 = "2025", _("SBI 2025")


class DataSource(models.TextChoices):
    """Who said last what the register says of an organisation (bron)."""

    HIP = "hip", _("report of a HIP")
    KVK_IMPORT = "kvk-import", _("KVK export")
    KVK_API = "kvk-api", _("KVK")
    OFFICE = "office", _("programme office")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def listed(self) -> Self:
        """What everybody with an account may find: an organisation named only in a draft is not listed."""
        return self.filter(is_listed=True)


@tracked(exclude=["folded_name"])
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
    province = models.CharField(_("province"), max_length=4, choices=Province, blank=True, default="", db_default="")
    province_year = models.PositiveSmallIntegerField(
        _("year of the province's code"), null=True, blank=True, help_text=_("Region codes change every 1 January.")
    )
    municipality = models.CharField(_("municipality"), max_length=100, blank=True, default="", db_default="")
    place = models.CharField(_("place"), max_length=100, blank=True, default="", db_default="")
    sbi_code = models.CharField(
        _("SBI code"),
        max_length=5,
        blank=True,
        default="",
        db_default="",
        help_text=_("Two to five digits, without dots."),
    )
    sbi_version = models.CharField(
        _("edition of the SBI code"), max_length=4, choices=SbiVersion, blank=True, default="", db_default=""
    )
    data_source = models.CharField(
        _("source of these data"),
        max_length=10,
        choices=DataSource,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    data_at = models.DateTimeField(_("data as of"), null=True, editable=False)
    folded_name = models.GeneratedField(
        expression=Func(F("name"), function="consortia_folded", output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
        help_text="The name without case, accents and punctuation, for searching and sorting.",
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "id"]
        indexes = [
            models.Index(Lower("name"), name="organisation_name"),
            models.Index(fields=["folded_name", "id"], name="organisation_folded_name"),
            # For what a number begins with: other collations than C do not use a plain index for that.
            models.Index(fields=["kvk_number"], opclasses=["varchar_pattern_ops"], name="organisation_kvk_beginning"),
        ]
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
            models.CheckConstraint(
                condition=Q(province="", province_year__isnull=True)
                # Of what is missing a range says neither yes nor no, and a constraint takes that for yes.
                | Q(
                    province__in=Province.values,
                    province_year__isnull=False,
                    province_year__range=(FIRST_YEAR, LAST_YEAR),
                ),
                name="organisation_province_of_a_year",
            ),
            models.CheckConstraint(
                condition=Q(sbi_code="", sbi_version="")
                | Q(sbi_code__regex=sectors.CODE_PATTERN, sbi_version__in=SbiVersion.values),
                name="organisation_sbi_of_an_edition",
            ),
            models.CheckConstraint(
                condition=Q(data_source="", data_at__isnull=True)
                | Q(data_source__in=DataSource.values, data_at__isnull=False),
                name="organisation_source_with_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.identifier

    @property
    def identifier(self) -> str:
        return self.kvk_number or self.institution_code or ""

    @property
    def sector(self) -> sectors.Sector | None:
        """The section of its SBI code."""
        return sectors.sector_of(self.sbi_code, self.sbi_version)


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
