"""What the office wants to come back to in a report (opvolging). HIPs do not see it, and nothing here counts."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from impact.models.drafting import PLACE_LENGTH
from impact.models.reports import QuarterlyReport


class FollowUp(models.Model):
    """Something that somebody of the office is to look into by a day; it stays with the report, whatever version."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="follow_ups")
    place = models.CharField(
        max_length=PLACE_LENGTH, blank=True, help_text="The key of a row, a section, or empty: the quarter as a whole."
    )
    text = models.TextField(_("text"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="follow_ups", verbose_name=_("taken up by")
    )
    due_date = models.DateField(_("by"))
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField(_("when"), default=clock.now)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("follow-up mark")
        verbose_name_plural = _("follow-up marks")
        ordering = ["due_date", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="followup_says_something"),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
                name="followup_done_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.text[:40]}"

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_date < clock.today()
