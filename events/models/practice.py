"""Good practices: what worked at one HIP, and may work at another."""

from collections.abc import Sequence
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem
from consortia.models import ActionLine, Consortium, Theme, in_language
from events.models.publication import MARKDOWN_HINT, filled, missing, refuse_when_public
from impact.models import Indicator


class PracticeStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Licence(models.TextChoices):
    """Under which terms the text may be used again, by its SPDX name."""

    CC_BY = "CC-BY-4.0", "CC BY 4.0"
    CC_BY_SA = "CC-BY-SA-4.0", "CC BY-SA 4.0"
    CC0 = "CC0-1.0", "CC0 1.0"


LICENCE_ADDRESSES = {
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
}


class GoodPracticeQuerySet(models.QuerySet["GoodPractice"]):
    def public(self) -> Self:
        return self.filter(status=PracticeStatus.PUBLISHED)

    def visible_to(self, user: Any) -> Self:
        """What is published, for everybody; drafts and what was withdrawn for the office alone."""
        if access.allows(user, Permission.CONFIGURE):
            return self.all()
        return self.public()

    def of_consortia(self, consortia: Sequence[Consortium]) -> Self:
        chosen = GoodPractice.consortia.through.objects.filter(consortium__in=consortia).values("goodpractice_id")
        return self.filter(pk__in=chosen)

    def of_action_lines(self, action_lines: Sequence[ActionLine]) -> Self:
        chosen = GoodPractice.action_lines.through.objects.filter(actionline__in=action_lines)
        return self.filter(pk__in=chosen.values("goodpractice_id"))

    def newest_first(self) -> Self:
        """Drafts on top, then by publication."""
        return self.order_by(F("published_at").desc(nulls_first=True), "slug")

    def with_relations(self) -> Self:
        """All that a page or the API shows of a good practice, in a fixed number of queries."""
        return self.prefetch_related("consortia", "action_lines", "themes", "indicators")


class GoodPractice(models.Model):
    """What worked somewhere, told so that others can do it too (goede praktijk)."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True, help_text=_("Its address; stays after publication."))
    title_nl = models.CharField(_("title (Dutch)"), max_length=150)
    title_en = models.CharField(_("title (English)"), max_length=150, blank=True)
    summary_nl = models.CharField(
        _("summary (Dutch)"), max_length=300, blank=True, help_text=_("One or two sentences, for lists.")
    )
    summary_en = models.CharField(_("summary (English)"), max_length=300, blank=True)
    problem_nl = models.TextField(_("problem (Dutch)"), blank=True, help_text=MARKDOWN_HINT)
    problem_en = models.TextField(_("problem (English)"), blank=True)
    approach_nl = models.TextField(_("approach (Dutch)"), blank=True, help_text=MARKDOWN_HINT)
    approach_en = models.TextField(_("approach (English)"), blank=True)
    results_nl = models.TextField(_("results (Dutch)"), blank=True, help_text=MARKDOWN_HINT)
    results_en = models.TextField(_("results (English)"), blank=True)
    pitfalls_nl = models.TextField(_("pitfalls (Dutch)"), blank=True, help_text=MARKDOWN_HINT)
    pitfalls_en = models.TextField(_("pitfalls (English)"), blank=True)
    consortia = models.ManyToManyField(Consortium, verbose_name=_("HIPs"), blank=True, related_name="good_practices")
    action_lines = models.ManyToManyField(
        ActionLine, verbose_name=_("action lines"), blank=True, related_name="good_practices"
    )
    themes = models.ManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="good_practices")
    indicators = models.ManyToManyField(
        Indicator, verbose_name=_("indicators"), blank=True, related_name="good_practices"
    )
    contact = models.CharField(
        _("whom to ask"),
        max_length=200,
        blank=True,
        help_text=_("An office or a role with its general address, not a person."),
    )
    source = models.CharField(
        _("source"), max_length=300, blank=True, help_text=_("Where it was described or evaluated first.")
    )
    licence = models.CharField(_("licence"), max_length=20, choices=Licence, default=Licence.CC_BY)
    status = models.CharField(
        _("status"), max_length=10, choices=PracticeStatus, default=PracticeStatus.DRAFT, editable=False
    )
    published_at = models.DateTimeField(_("published on"), null=True, editable=False)
    withdrawn_reason = models.CharField(_("why it was withdrawn"), max_length=300, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed on"), default=clock.now, editable=False)

    objects = GoodPracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("good practice")
        verbose_name_plural = _("good practices")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PracticeStatus.values), name="practice_status_known"),
            models.CheckConstraint(condition=Q(licence__in=Licence.values), name="practice_licence_known"),
            models.CheckConstraint(condition=filled("title_nl", "slug"), name="practice_has_title"),
            models.CheckConstraint(
                condition=Q(status=PracticeStatus.DRAFT, published_at__isnull=True)
                | (~Q(status=PracticeStatus.DRAFT) & Q(published_at__isnull=False)),
                name="practice_published_since",
            ),
            models.CheckConstraint(
                condition=Q(status=PracticeStatus.DRAFT)
                | filled("summary_nl", "problem_nl", "approach_nl", "results_nl", "contact", "source"),
                name="practice_published_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(status=PracticeStatus.WITHDRAWN) & filled("withdrawn_reason"))
                | (~Q(status=PracticeStatus.WITHDRAWN) & Q(withdrawn_reason="")),
                name="practice_withdrawn_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.status != PracticeStatus.DRAFT:
            refuse_when_public(self.shortcomings())

    def shortcomings(self) -> list[Problem]:
        """Everything that is in the way of publication, each at its field."""
        return missing(self, ["title_nl", "summary_nl", "problem_nl", "approach_nl", "results_nl", "contact", "source"])

    @property
    def title(self) -> str:
        return in_language(self, "title")

    @property
    def summary(self) -> str:
        return in_language(self, "summary")

    @property
    def problem(self) -> str:
        return in_language(self, "problem")

    @property
    def approach(self) -> str:
        return in_language(self, "approach")

    @property
    def results(self) -> str:
        return in_language(self, "results")

    @property
    def pitfalls(self) -> str:
        return in_language(self, "pitfalls")

    @property
    def licence_address(self) -> str:
        return LICENCE_ADDRESSES[Licence(self.licence)]

    @property
    def is_draft(self) -> bool:
        return self.status == PracticeStatus.DRAFT
