"""Which questions a draft is asked before it is handed in: rules as data, tried on history before they hold."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from impact.models.codebook import Indicator


class RuleKind(models.TextChoices):
    """How a rule judges; what each means is in `impact.plausibility`."""

    UNUSUAL = "unusual", _("far from the median of the last four quarters")
    YEAR_ON_YEAR = "year-on-year", _("very different from a year ago")
    PREVIOUS = "previous", _("very different from the quarter before")
    VANISHED = "vanished", _("many organisations are gone")
    SECTION_EMPTY = "section-empty", _("a section is empty that was not")
    SUM = "sum", _("a part is more than its whole")
    COFINANCING = "cofinancing", _("co-financing without companies")


class CheckRule(models.Model):
    """A question that a draft may raise (controleregel). It holds once it was tried on history and activated."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=13, choices=RuleKind)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("indicator"),
        help_text=_("Empty: for every figure that is entered."),
    )  # fmt: skip
    whole = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("whole"),
        help_text=_("For a sum: the indicator of which the other is a part."),
    )  # fmt: skip
    factor = models.DecimalField(
        _("factor"), max_digits=8, decimal_places=2, null=True, blank=True,
        help_text=_("How far away is unusual: times the spread, times the number, or a share from 0 to 1."),
    )  # fmt: skip
    least = models.PositiveIntegerField(
        _("smallest difference"), default=0, help_text=_("Smaller differences raise no question.")
    )
    text_nl = models.TextField(_("explanation in Dutch"), blank=True)
    text_en = models.TextField(_("explanation in English"), blank=True)
    is_active = models.BooleanField(_("holds"), default=False)
    tried_at = models.DateTimeField(_("tried on history"), null=True, editable=False)
    tried_reports = models.PositiveIntegerField(null=True, editable=False)
    tried_hits = models.PositiveIntegerField(null=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=clock.now, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("rule of the check")
        verbose_name_plural = _("rules of the check")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RuleKind.values), name="rule_kind_known"),
            models.CheckConstraint(condition=Q(factor__isnull=True) | Q(factor__gt=0), name="rule_factor_positive"),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(tried_at__isnull=False, tried_at__gte=F("changed_at")),
                name="rule_active_after_trial",
            ),
        ]

    def __str__(self) -> str:
        return self.code
