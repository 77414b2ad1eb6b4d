"""The programme, its action lines and themes, the HIPs and their partnerships."""

import re
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia.models.texts import in_language
from consortia.models.tracking import tracked

_FOLLOWS = re.compile(r"\bnaam volgt\b|\bname follows\b", re.IGNORECASE)
"""What the name of a HIP says that has none yet."""


@tracked()
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


@tracked()
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


@tracked()
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


@tracked()
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

    def clean(self) -> None:
        """Whoever enters the real name need not say as well that there is one now."""
        super().clean()
        if self.is_placeholder and not _FOLLOWS.search(self.name):
            self.is_placeholder = False

    @property
    def description(self) -> str:
        return in_language(self, "description")


@tracked()
class ConsortiumTheme(Consortium.themes.through):  # type: ignore[name-defined, misc]
    """That a HIP works on a theme: a row of its ticks, named so that its history can be kept."""

    class Meta:
        proxy = True
        verbose_name = _("theme of a HIP")
        verbose_name_plural = _("themes of HIPs")


@tracked()
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
