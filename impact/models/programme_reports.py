"""Reports on the programme that were made of a vintage: what they said, and the files themselves. Append only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consortia import clock
from impact.models.ledger import Vintage


class Audience(models.TextChoices):
    """For whom a document is. Source: docs/semantics.md, "Disclosure"."""

    COMMITTEE = "committee", _("steering committee")
    PUBLIC = "public", _("everybody")


class ProgrammeReport(models.Model):
    """An edition of the report of a vintage (programmarapport). Append only: another note makes another edition."""

    vintage = models.ForeignKey(
        Vintage, on_delete=models.PROTECT, related_name="programme_reports", verbose_name=_("vintage")
    )
    number = models.PositiveSmallIntegerField(_("edition"))
    note = models.TextField(_("note"), blank=True)
    made_at = models.DateTimeField(_("made"), default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("programme report")
        verbose_name_plural = _("programme reports")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["vintage", "number"], name="programmereport_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="programmereport_numbered_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.vintage} ({self.number})"


class ProgrammeReportDocument(models.Model):
    """An edition in one language for one audience: the content that both files are made of, and the files. Append only.

    The content has the names and texts as they were, so the files can be made again from it. That they are kept as
    well keeps them the same also after a newer version of what sets them.
    """

    report = models.ForeignKey(ProgrammeReport, on_delete=models.CASCADE, related_name="documents")
    language = models.CharField(_("language"), max_length=2)
    audience = models.CharField(_("audience"), max_length=9, choices=Audience)
    content = models.JSONField(_("content"))
    pdf = models.BinaryField()
    xlsx = models.BinaryField()
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64)
    xlsx_sha256 = models.CharField(_("SHA-256 of the workbook"), max_length=64)

    class Meta:
        verbose_name = _("document of a programme report")
        verbose_name_plural = _("documents of programme reports")
        ordering = ["report", "language", "audience"]
        constraints = [
            models.UniqueConstraint(fields=["report", "language", "audience"], name="programmereportdocument_once"),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="programmereportdocument_audience_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=["nl", "en"]), name="programmereportdocument_language_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.language} {self.audience}"
