"""Which questions a draft is asked before it is handed in: rules as data, tried on history before they hold.

And what a HIP answers while it is still at work; with a submission the answers go into the version.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from consortia.models import tracked
from impact.models.codebook import Indicator
from impact.models.drafting import PLACE_LENGTH
from impact.models.reports import QuarterlyReport


class RuleKind(models.TextChoices):
    """How a rule judges; what each means is in `impact.plausibility`."""

    UNUSUAL = "unusual", _("far from the median of the last four quarters")
    YEAR_ON_YEAR = "year-on-year", _("very different from a year ago")
    PREVIOUS = "previous", _("very different from the quarter before")
    VANISHED = "vanished", _("many organisations are gone")
    SECTION_EMPTY = "section-empty", _("a section is empty that was not")
    SUM = "sum", _("a part is more than its whole")
    COFINANCING = "cofinancing", _("co-financing without companies")


OF_A_FIGURE = (RuleKind.UNUSUAL, RuleKind.YEAR_ON_YEAR, RuleKind.PREVIOUS)
"""The kinds that look at one figure and its past."""
WITH_FACTOR = (*OF_A_FIGURE, RuleKind.VANISHED)


class CheckRuleQuerySet(models.QuerySet["CheckRule"]):
    def active(self) -> Self:
        return self.filter(is_active=True).select_related("indicator", "whole")


@tracked(exclude=["tried_at", "tried_reports", "tried_hits", "tried_found"])
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
    tried_found = models.JSONField(
        default=list,
        editable=False,
        help_text="[{consortium, quarter, pointer, value, nl, en}] of the newest trial, no more than fit on a page.",
    )
    changed_at = models.DateTimeField(_("changed"), default=clock.now, editable=False)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = CheckRuleQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=~Q(kind__in=WITH_FACTOR) | Q(factor__isnull=False), name="rule_kind_with_factor"
            ),
            models.CheckConstraint(
                condition=~Q(kind=RuleKind.VANISHED) | Q(factor__lte=1), name="rule_vanished_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(kind=RuleKind.SUM, indicator__isnull=False, whole__isnull=False)
                | Q(kind__in=OF_A_FIGURE, whole__isnull=True)
                | Q(indicator__isnull=True, whole__isnull=True) & ~Q(kind=RuleKind.SUM),
                name="rule_looks_at_what_its_kind_does",
            ),
            models.CheckConstraint(
                condition=Q(whole__isnull=True) | ~Q(whole=F("indicator")), name="rule_whole_is_another"
            ),
            models.CheckConstraint(
                condition=Q(tried_at__isnull=True, tried_reports__isnull=True, tried_hits__isnull=True)
                | Q(tried_at__isnull=False, tried_reports__isnull=False, tried_hits__isnull=False),
                name="rule_trial_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_tried(self) -> bool:
        """Whether the newest trial was of the rule as it is now."""
        return self.tried_at is not None and self.tried_at >= self.changed_at


class Explanation(models.Model):
    """Why something unusual in a draft is right, as somebody of the HIP wrote it down (uitleg).

    It counts for nothing until the draft is handed in: the version keeps what stood with the submission.
    """

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="explanations")
    place = models.CharField(max_length=PLACE_LENGTH, help_text="The key of a row, or a section of the draft.")
    text = models.TextField()
    about = models.JSONField(
        default=dict, help_text="What it explains, as it was then: the row as in the API, or the hash of the section."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("explanation in a draft")
        verbose_name_plural = _("explanations in drafts")
        ordering = ["report", "place"]
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="explanation_once"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(place=""), name="explanation_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.place}"
