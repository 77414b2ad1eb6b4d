"""Meetings of the knowledge programme."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem
from consortia.models import ActionLine, Consortium, Theme, in_language
from events.models.publication import MARKDOWN_HINT, filled, missing, refuse_when_public


class EventKind(models.TextChoices):
    """What sort of meeting it is; the values are the API's."""

    MEETING = "meeting", _("meeting")
    KNOWLEDGE_SESSION = "knowledgeSession", _("knowledge session")
    WORKSHOP = "workshop", _("workshop")
    WORK_VISIT = "workVisit", _("work visit")
    CONFERENCE = "conference", _("conference")


class EventFormat(models.TextChoices):
    ONLINE = "online", _("online")
    ON_SITE = "onSite", _("on site")
    HYBRID = "hybrid", _("on site and online")


class EventStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")


PUBLIC_EVENTS = (EventStatus.PUBLISHED, EventStatus.CANCELLED)
"""A cancelled meeting stays in sight: who had it in their calendar must see that it is off."""


class EventQuerySet(models.QuerySet["Event"]):
    def public(self) -> Self:
        return self.filter(status__in=PUBLIC_EVENTS)

    def visible_to(self, user: Any) -> Self:
        """What was published, for everybody; drafts for the office alone."""
        if access.allows(user, Permission.CONFIGURE):
            return self.all()
        return self.public()

    def of_consortia(self, consortia: Sequence[Consortium]) -> Self:
        """Organised by one of these HIPs, or about one of them."""
        about = Event.consortia.through.objects.filter(consortium__in=consortia).values("event_id")
        return self.filter(Q(organised_by__in=consortia) | Q(pk__in=about))

    def of_action_lines(self, action_lines: Sequence[ActionLine]) -> Self:
        chosen = Event.action_lines.through.objects.filter(actionline__in=action_lines).values("event_id")
        return self.filter(pk__in=chosen)

    def upcoming(self, moment: datetime) -> Self:
        """Not over yet, the next one first."""
        return self.filter(ends_at__gt=moment).order_by("starts_at", "id")

    def past(self, moment: datetime) -> Self:
        """Over, the latest one first."""
        return self.filter(ends_at__lte=moment).order_by("-starts_at", "id")

    def undated(self) -> Self:
        """Drafts that have no time yet."""
        return self.filter(starts_at__isnull=True).order_by("title_nl", "id")

    def with_relations(self) -> Self:
        """All that a page or the API shows of an event, in a fixed number of queries."""
        return self.select_related("organised_by").prefetch_related("consortia", "action_lines", "themes")


class Event(models.Model):
    """A meeting of the knowledge programme (bijeenkomst).

    Times are moments; people read them in Amsterdam. What people may have in their calendars changes
    only by a command, which raises `sequence`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title_nl = models.CharField(_("title (Dutch)"), max_length=150)
    title_en = models.CharField(_("title (English)"), max_length=150, blank=True)
    summary_nl = models.CharField(
        _("summary (Dutch)"), max_length=300, blank=True, help_text=_("One or two sentences, for lists and calendars.")
    )
    summary_en = models.CharField(_("summary (English)"), max_length=300, blank=True)
    description_nl = models.TextField(_("description (Dutch)"), blank=True, help_text=MARKDOWN_HINT)
    description_en = models.TextField(_("description (English)"), blank=True, help_text=MARKDOWN_HINT)
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind, default=EventKind.MEETING)
    format = models.CharField(_("format"), max_length=10, choices=EventFormat, default=EventFormat.ON_SITE)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True, help_text=_("Time in Amsterdam."))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True, help_text=_("Time in Amsterdam."))
    location = models.CharField(
        _("location"), max_length=200, blank=True, help_text=_("Name, street and town, as on an invitation.")
    )
    online_url = models.URLField(
        _("online address"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Everybody can see this address. It begins with https://."),
    )
    organised_by = models.ForeignKey(
        Consortium,
        on_delete=models.PROTECT,
        related_name="organised_events",
        null=True,
        blank=True,
        verbose_name=_("organised by (HIP)"),
    )
    organiser = models.CharField(
        _("organised by (other)"),
        max_length=150,
        blank=True,
        help_text=_("An organisation, not a person. Leave empty when a HIP organises it."),
    )
    consortia = models.ManyToManyField(Consortium, verbose_name=_("HIPs"), blank=True, related_name="events")
    action_lines = models.ManyToManyField(ActionLine, verbose_name=_("action lines"), blank=True, related_name="events")
    themes = models.ManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="events")
    status = models.CharField(
        _("status"), max_length=10, choices=EventStatus, default=EventStatus.DRAFT, editable=False
    )
    sequence = models.PositiveIntegerField(
        _("revision number"), default=0, editable=False, help_text=_("Raised by every change after publication.")
    )
    published_at = models.DateTimeField(_("published on"), null=True, editable=False)
    cancelled_reason_nl = models.CharField(_("why it is off (Dutch)"), max_length=300, blank=True, editable=False)
    cancelled_reason_en = models.CharField(_("why it is off (English)"), max_length=300, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed on"), default=clock.now, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["status", "ends_at"], name="event_by_end")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="meeting_kind_known"),
            models.CheckConstraint(condition=Q(format__in=EventFormat.values), name="event_format_known"),
            models.CheckConstraint(condition=filled("title_nl"), name="event_has_title"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="event_start_with_end",
                violation_error_message=_("Give both the start and the end, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="event_ends_after_start",
                violation_error_message=_("The end must be later than the start."),
            ),
            models.CheckConstraint(
                condition=Q(online_url="") | Q(online_url__startswith="https://"),
                name="event_online_by_https",
                violation_error_message=_("The online address begins with https://."),
            ),
            models.CheckConstraint(
                condition=Q(organised_by__isnull=True) | Q(organiser=""),
                name="event_one_organiser",
                violation_error_message=_("Name a HIP or another organiser, not both."),
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT, published_at__isnull=True)
                | Q(status__in=PUBLIC_EVENTS, published_at__isnull=False),
                name="event_published_since",
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(starts_at__isnull=False), name="event_published_has_time"
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | filled("summary_nl"), name="event_published_has_summary"
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(organised_by__isnull=False) | filled("organiser"),
                name="event_published_has_organiser",
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(format=EventFormat.ON_SITE) | ~Q(online_url=""),
                name="event_published_online_has_address",
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(format=EventFormat.ONLINE) | filled("location"),
                name="event_published_on_site_has_location",
            ),
            models.CheckConstraint(
                condition=(Q(status=EventStatus.CANCELLED) & filled("cancelled_reason_nl"))
                | (~Q(status=EventStatus.CANCELLED) & Q(cancelled_reason_nl="", cancelled_reason_en="")),
                name="event_cancelled_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.status != EventStatus.DRAFT:
            refuse_when_public(self.shortcomings())

    def shortcomings(self) -> list[Problem]:
        """Everything that is in the way of publication, each at its field."""
        problems = missing(self, ["title_nl", "summary_nl", "starts_at", "ends_at"])
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            problems.append(Problem("/ends_at", "order", gettext("The end must be later than the start.")))
        if self.format != EventFormat.ON_SITE:
            problems += missing(self, ["online_url"])
        if self.format != EventFormat.ONLINE:
            problems += missing(self, ["location"])
        if self.organised_by_id is None:
            problems += missing(self, ["organiser"])
        elif self.organiser:
            problems.append(Problem("/organiser", "twice", gettext("Name a HIP or another organiser, not both.")))
        return problems

    @property
    def title(self) -> str:
        return in_language(self, "title")

    @property
    def summary(self) -> str:
        return in_language(self, "summary")

    @property
    def description(self) -> str:
        return in_language(self, "description")

    @property
    def cancelled_reason(self) -> str:
        return in_language(self, "cancelled_reason")

    @property
    def organiser_name(self) -> str:
        return self.organised_by.name if self.organised_by else self.organiser

    @property
    def is_cancelled(self) -> bool:
        return self.status == EventStatus.CANCELLED

    @property
    def is_draft(self) -> bool:
        return self.status == EventStatus.DRAFT
