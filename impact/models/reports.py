"""What a HIP hands in: the obligation, its versions, and the four kinds of rows in a version.

Content is frozen at submission, by triggers as well (see the migration `guards`).
"""

import uuid
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consortia import access, clock, notation
from consortia.access import Permission
from consortia.models import Consortium
from impact.models.codebook import Quarter


class QuarterlyReportQuerySet(models.QuerySet["QuarterlyReport"]):
    def with_counting(self) -> Self:
        """Adds `ledger_seq`, `ledger_time` and `counting_version_id`: the newest entry, and what it lets count."""
        from impact.models.ledger import EntryKind, LedgerEntry

        newest = LedgerEntry.objects.filter(
            report=OuterRef("pk"), kind__in=[EntryKind.COUNTS, EntryKind.WITHDRAWN]
        ).order_by("-seq")
        return self.annotate(
            ledger_seq=Subquery(newest.values("seq")[:1]),
            ledger_time=Subquery(newest.values("recorded_at")[:1]),
            counting_version_id=Subquery(newest.values("version_id")[:1]),
        )

    def visible_to(self, user: Any) -> Self:
        """Reports of one's own HIP, of all for reviewers and managers; for readers those that count."""
        everywhere = access.consortia_where(user, Permission.SEE_REPORTS)
        if everywhere is None:
            return self.with_counting()
        own = Q(consortium__in=everywhere)
        if access.allows(user, Permission.SEE_COUNTING):
            own |= Q(counting_version_id__isnull=False)
        return self.with_counting().filter(own)


class QuarterlyReport(models.Model):
    """The obligation (verplichting) of one HIP to report one quarter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="reports", verbose_name=_("HIP"))
    quarter = models.ForeignKey(Quarter, on_delete=models.PROTECT, related_name="reports", verbose_name=_("quarter"))
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="Raised by every change; the ETag is made of it."
    )

    objects = QuarterlyReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarterly report")
        verbose_name_plural = _("quarterly reports")
        ordering = ["quarter", "consortium"]
        constraints = [models.UniqueConstraint(fields=["consortium", "quarter"], name="report_once")]

    def __str__(self) -> str:
        quarter = notation.quarter(self.quarter_id, language=get_language() or notation.DUTCH)
        return f"{self.consortium} {quarter}"


class ExtensionManager(models.Manager["Extension"]):
    def get_queryset(self) -> models.QuerySet["Extension"]:
        """With how it ended: whoever reads an extension asks until when it holds."""
        return super().get_queryset().select_related("end")


class Extension(models.Model):
    """More time for one HIP and quarter (uitstel), with the reason. Append only; see `ExtensionEnd`."""

    report = models.ForeignKey(
        QuarterlyReport, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("report")
    )
    due_date = models.DateField(_("new due date"))
    reason = models.TextField(_("reason"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    granted_at = models.DateTimeField(_("granted"), default=clock.now, editable=False)

    objects = ExtensionManager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["report", "granted_at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="extension_has_reason")]

    def __str__(self) -> str:
        return f"{self.report} → {self.due_date}"

    @property
    def ended(self) -> "ExtensionEnd | None":
        """How it was ended early, where it was."""
        return getattr(self, "end", None)

    @property
    def last_day(self) -> date:
        """Until the end of this day it holds."""
        return self.ended.last_day if self.ended else self.due_date

    def last_day_at(self, moment: datetime) -> date | None:
        """What `last_day` was at that moment; None where the extension had not been granted."""
        if self.granted_at > moment:
            return None
        return self.last_day if self.ended and self.ended.ended_at <= moment else self.due_date


class ExtensionEnd(models.Model):
    """An extension that holds less long than was granted (uitstel ingekort), with the reason. Append only.

    Never with a day that is past: what was in time stays in time.
    """

    extension = models.OneToOneField(
        Extension, on_delete=models.PROTECT, related_name="end", verbose_name=_("extension")
    )
    last_day = models.DateField(_("last day"))
    reason = models.TextField(_("reason"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    ended_at = models.DateTimeField(_("when"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("extension that was ended early")
        verbose_name_plural = _("extensions that were ended early")
        ordering = ["extension"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="extensionend_has_reason")]

    def __str__(self) -> str:
        return f"{self.extension} | {self.last_day}"


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")


OPEN = (VersionStatus.DRAFT, VersionStatus.SUBMITTED)


class CorrectionCode(models.TextChoices):
    """Why an accepted report is corrected, as the form offers it; the API takes other codes, too, and keeps them."""

    COUNTING_ERROR = "counting-error", _("counted or entered wrongly")
    LATE_INFORMATION = "late-information", _("information that came in later")
    DUPLICATE = "duplicate", _("counted twice")
    WRONG_QUARTER = "wrong-quarter", _("reported in the wrong quarter")
    DEFINITION = "definition", _("definition read differently")
    OTHER = "other", _("another reason")


class ReportVersion(models.Model):
    """What was handed in (versie): 1, 2, 3 … of a report; at most one is open."""

    report = models.ForeignKey(
        QuarterlyReport, on_delete=models.PROTECT, related_name="versions", verbose_name=_("report")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    status = models.CharField(_("status"), max_length=9, choices=VersionStatus, default=VersionStatus.DRAFT)
    prefilled_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    fixed_except = ArrayField(
        models.TextField(),
        verbose_name=_("may change"),
        null=True,
        editable=False,
        help_text="The places that were returned of the version before (see `impact.returning`); null: everything.",
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=clock.now)
    correction_code = models.CharField(_("reason code"), max_length=30, blank=True)
    correction_reason = models.TextField(_("reason of the correction"), blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    due_date = models.DateField(
        _("due date that held then"),
        null=True,
        editable=False,
        help_text="Given by the database at submission; empty in a draft, and in what was submitted before that.",
    )
    comment = models.TextField(_("comment of the HIP"), blank=True)
    warnings = models.JSONField(
        _("warnings with their explanation"),
        default=list,
        help_text="[{pointer, code, detail, explanation}], as they stood at submission.",
    )
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_hash = models.CharField(_("content hash that the reviewer saw"), max_length=64, blank=True)
    review_comment = models.TextField(_("comment of the reviewer"), blank=True)
    review_remarks = models.JSONField(
        _("remarks of the reviewer at places"),
        default=list,
        help_text="[{pointer, comment, place}]: what it names, and that as a place (see `impact.returning`).",
    )

    class Meta:
        verbose_name = _("report version")
        verbose_name_plural = _("report versions")
        ordering = ["report", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["report"], condition=Q(status__in=OPEN), name="version_one_open"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_from_one"),
            models.CheckConstraint(condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="version_has_hash"),
            models.CheckConstraint(
                condition=Q(status=VersionStatus.DRAFT, submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(
                    status__in=[VersionStatus.SUBMITTED, VersionStatus.RETURNED, VersionStatus.ACCEPTED],
                    submitted_by__isnull=False,
                    submitted_at__isnull=False,
                ),
                name="version_submitted_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status=VersionStatus.DRAFT) | Q(due_date__isnull=True), name="version_draft_is_not_due"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, reviewed_by__isnull=True, reviewed_at__isnull=True)
                | Q(
                    status__in=[VersionStatus.RETURNED, VersionStatus.ACCEPTED],
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                ),
                name="version_reviewed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("submitted_by")),
                name="version_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[VersionStatus.RETURNED, VersionStatus.ACCEPTED])
                | Q(reviewed_hash=F("content_hash")),
                name="version_reviewed_as_seen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} v{self.number}"

    @property
    def correction_category(self) -> str:
        """The reason code in words, for everybody; empty for a code in somebody's own words."""
        return self.correction_label if self.correction_code in CorrectionCode.values else ""

    @property
    def correction_label(self) -> str:
        """The reason code in words; a code that the list does not have is shown as it is."""
        if self.correction_code not in CorrectionCode.values:
            return self.correction_code
        return str(CorrectionCode(self.correction_code).label)


class VersionAuthor(models.Model):
    """Who entered something in a version; never its reviewer. Append only."""

    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, related_name="authors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("author of a version")
        verbose_name_plural = _("authors of versions")
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="author_once")]

    def __str__(self) -> str:
        return f"{self.version}: {self.user}"


class EventKind(models.TextChoices):
    OPENED = "opened", _("opened")
    FILLED = "filled", _("filled in")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    ACCEPTED = "accepted", _("accepted")
    CORRECTION = "correction", _("correction opened")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXTENDED = "extended", _("extension granted")
    SHORTENED = "shortened", _("extension ended early")
    DECLINED = "declined", _("extension declined")


class ReportEvent(models.Model):
    """Who did what to a report, and when. Append only, by grant."""

    report = models.ForeignKey(QuarterlyReport, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(ReportVersion, on_delete=models.PROTECT, null=True, related_name="events")
    kind = models.CharField(_("what"), max_length=10, choices=EventKind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf = models.BooleanField(
        _("on behalf of the HIP"), default=False, help_text="The actor has no role in the HIP itself."
    )
    at = models.DateTimeField(_("when"), default=clock.now)
    comment = models.TextField(_("comment"), blank=True)
    revision = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text="The revision of the report that this made, and the next ones that nothing else is told of.",
    )

    class Meta:
        verbose_name = _("report event")
        verbose_name_plural = _("report events")
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known")]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_kind_display()}"
