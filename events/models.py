"""What is shared: meetings and good practices. Constraints and querysets; the steps live in `publishing`."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consortia import access, clock
from consortia.access import Permission
from consortia.errors import Problem
from consortia.models import ActionLine, Consortium, Theme, in_language
from impact.models import Indicator

MARKDOWN_HINT = _("Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.")


def _filled(*fields: str) -> Q:
    """Every one of these columns holds more than white space."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__regex": r"\S"})
    return condition


def _missing(row: models.Model, names: Sequence[str]) -> list[Problem]:
    labels = {field.name: field.verbose_name for field in row._meta.concrete_fields}
    return [
        Problem(f"/{name}", "required", gettext("Empty, and needed to be public: %(field)s.") % {"field": labels[name]})
        for name in names
        if not str(getattr(row, name) or "").strip()
    ]


def _refuse_when_public(problems: Sequence[Problem]) -> None:
    """What is public already stays whole: the same problems, in the shape that a form shows."""
    if problems:
        raise ValidationError({problem.pointer.lstrip("/"): problem.detail for problem in problems})


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
            models.CheckConstraint(condition=_filled("title_nl"), name="event_has_title"),
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
                condition=Q(status=EventStatus.DRAFT) | _filled("summary_nl"), name="event_published_has_summary"
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(organised_by__isnull=False) | _filled("organiser"),
                name="event_published_has_organiser",
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(format=EventFormat.ON_SITE) | ~Q(online_url=""),
                name="event_published_online_has_address",
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.DRAFT) | Q(format=EventFormat.ONLINE) | _filled("location"),
                name="event_published_on_site_has_location",
            ),
            models.CheckConstraint(
                condition=(Q(status=EventStatus.CANCELLED) & _filled("cancelled_reason_nl"))
                | (~Q(status=EventStatus.CANCELLED) & Q(cancelled_reason_nl="", cancelled_reason_en="")),
                name="event_cancelled_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.status != EventStatus.DRAFT:
            _refuse_when_public(self.shortcomings())

    def shortcomings(self) -> list[Problem]:
        """Everything that is in the way of publication, each at its field."""
        problems = _missing(self, ["title_nl", "summary_nl", "starts_at", "ends_at"])
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            problems.append(Problem("/ends_at", "order", gettext("The end must be later than the start.")))
        if self.format != EventFormat.ON_SITE:
            problems += _missing(self, ["online_url"])
        if self.format != EventFormat.ONLINE:
            problems += _missing(self, ["location"])
        if self.organised_by_id is None:
            problems += _missing(self, ["organiser"])
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
            models.CheckConstraint(condition=_filled("title_nl", "slug"), name="practice_has_title"),
            models.CheckConstraint(
                condition=Q(status=PracticeStatus.DRAFT, published_at__isnull=True)
                | (~Q(status=PracticeStatus.DRAFT) & Q(published_at__isnull=False)),
                name="practice_published_since",
            ),
            models.CheckConstraint(
                condition=Q(status=PracticeStatus.DRAFT)
                | _filled("summary_nl", "problem_nl", "approach_nl", "results_nl", "contact", "source"),
                name="practice_published_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(status=PracticeStatus.WITHDRAWN) & _filled("withdrawn_reason"))
                | (~Q(status=PracticeStatus.WITHDRAWN) & Q(withdrawn_reason="")),
                name="practice_withdrawn_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.status != PracticeStatus.DRAFT:
            _refuse_when_public(self.shortcomings())

    def shortcomings(self) -> list[Problem]:
        """Everything that is in the way of publication, each at its field."""
        return _missing(
            self, ["title_nl", "summary_nl", "problem_nl", "approach_nl", "results_nl", "contact", "source"]
        )

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

    @property
    def is_withdrawn(self) -> bool:
        return self.status == PracticeStatus.WITHDRAWN
