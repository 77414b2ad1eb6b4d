"""What HIPs planned to spend and to raise (begroting). Append only: the newest line of a year and item holds."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models import Consortium
from impact.models.codebook import Indicator


class BudgetLine(models.Model):
    """The plan of one HIP for one calendar year and one item: an indicator in euros that HIPs enter.

    There is no official list of cost items: one that the office wants to follow apart is an indicator of the codebook.
    """

    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="budget_lines", verbose_name=_("HIP")
    )
    year = models.PositiveSmallIntegerField(_("calendar year"))
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    amount = models.DecimalField(
        _("planned in euro"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: not known (any more)."),
    )
    source = models.TextField(_("source"), help_text=_("The decision or document that it comes from."))
    is_demo = models.BooleanField(default=False, editable=False)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    set_at = models.DateTimeField(_("when"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["-id"]
        indexes = [models.Index(fields=["consortium", "year", "indicator", "-id"], name="budget_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gte=0), name="budget_not_negative"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="budget_year_form"),
            models.CheckConstraint(condition=~Q(source=""), name="budget_has_source"),
        ]

    def __str__(self) -> str:
        return f"{self.consortium} {self.year}: {self.indicator}"
