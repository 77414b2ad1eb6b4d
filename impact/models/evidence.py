"""What backs a figure or a row: a file or a link, kept with the report (bewijs)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from impact.models.drafting import PLACE_LENGTH
from impact.models.reports import QuarterlyReport


def _evidence_path(evidence: "Evidence", _name: str) -> str:
    # The name that the user gave never becomes a path.
    return f"evidence/{evidence.pk}"


class Evidence(models.Model):
    """A file or a link at a place of a report. It is never changed; taking it away is written down, and it stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="evidence")
    place = models.CharField(
        max_length=PLACE_LENGTH, blank=True, help_text="The key of a row, a section, or empty: the quarter as a whole."
    )
    title = models.CharField(_("title"), max_length=200)
    link = models.URLField(_("link"), max_length=500, blank=True)
    file = models.FileField(upload_to=_evidence_path, blank=True)
    media_type = models.CharField(max_length=100, blank=True, help_text="As the content says, not the name.")
    size = models.PositiveIntegerField(null=True, help_text="Bytes, as stored.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes as stored.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=clock.now)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(_("removed"), null=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["report", "added_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="evidence_has_title"),
            models.CheckConstraint(
                condition=Q(file="", size__isnull=True, sha256="", media_type="", link__startswith="https://")
                | Q(~Q(file=""), ~Q(media_type=""), link="", size__gte=1, sha256__regex=r"^[0-9a-f]{64}$"),
                name="evidence_file_or_link",
            ),
            models.CheckConstraint(
                condition=Q(removed_by__isnull=True, removed_at__isnull=True)
                | Q(removed_by__isnull=False, removed_at__isnull=False),
                name="evidence_removed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.title
