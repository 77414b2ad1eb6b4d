import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import consortia.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("consortia", "0001_initial"),
        ("impact", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title_nl", models.CharField(max_length=150, verbose_name="title (Dutch)")),
                ("title_en", models.CharField(blank=True, max_length=150, verbose_name="title (English)")),
                (
                    "summary_nl",
                    models.CharField(
                        blank=True,
                        help_text="One or two sentences, for lists and calendars.",
                        max_length=300,
                        verbose_name="summary (Dutch)",
                    ),
                ),
                ("summary_en", models.CharField(blank=True, max_length=300, verbose_name="summary (English)")),
                (
                    "description_nl",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="description (Dutch)",
                    ),
                ),
                (
                    "description_en",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="description (English)",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("meeting", "meeting"),
                            ("knowledgeSession", "knowledge session"),
                            ("workshop", "workshop"),
                            ("workVisit", "work visit"),
                            ("conference", "conference"),
                        ],
                        default="meeting",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("online", "online"), ("onSite", "on site"), ("hybrid", "on site and online")],
                        default="onSite",
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(blank=True, help_text="Time in Amsterdam.", null=True, verbose_name="starts"),
                ),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, help_text="Time in Amsterdam.", null=True, verbose_name="ends"),
                ),
                (
                    "location",
                    models.CharField(
                        blank=True,
                        help_text="Name, street and town, as on an invitation.",
                        max_length=200,
                        verbose_name="location",
                    ),
                ),
                (
                    "online_url",
                    models.URLField(
                        blank=True,
                        help_text="Everybody can see this address. It begins with https://.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https"])],
                        verbose_name="online address",
                    ),
                ),
                (
                    "organiser",
                    models.CharField(
                        blank=True,
                        help_text="An organisation, not a person. Leave empty when a HIP organises it.",
                        max_length=150,
                        verbose_name="organised by (other)",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published"), ("cancelled", "cancelled")],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "sequence",
                    models.PositiveIntegerField(
                        default=0,
                        editable=False,
                        help_text="Raised by every change after publication.",
                        verbose_name="revision number",
                    ),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published on")),
                (
                    "cancelled_reason_nl",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="why it is off (Dutch)"),
                ),
                (
                    "cancelled_reason_en",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="why it is off (English)"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="changed on"),
                ),
                (
                    "action_lines",
                    models.ManyToManyField(
                        blank=True, related_name="events", to="consortia.actionline", verbose_name="action lines"
                    ),
                ),
                (
                    "consortia",
                    models.ManyToManyField(
                        blank=True, related_name="events", to="consortia.consortium", verbose_name="HIPs"
                    ),
                ),
                (
                    "organised_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organised_events",
                        to="consortia.consortium",
                        verbose_name="organised by (HIP)",
                    ),
                ),
                (
                    "themes",
                    models.ManyToManyField(
                        blank=True, related_name="events", to="consortia.theme", verbose_name="themes"
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["starts_at", "id"],
                "indexes": [models.Index(fields=["status", "ends_at"], name="event_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["meeting", "knowledgeSession", "workshop", "workVisit", "conference"])
                        ),
                        name="meeting_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["online", "onSite", "hybrid"])), name="event_format_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("title_nl__regex", "\\S")), name="event_has_title"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at__isnull", True), ("starts_at__isnull", True)),
                            models.Q(("ends_at__isnull", False), ("starts_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="event_start_with_end",
                        violation_error_message="Give both the start and the end, or neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="event_ends_after_start",
                        violation_error_message="The end must be later than the start.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("online_url", ""), ("online_url__startswith", "https://"), _connector="OR"),
                        name="event_online_by_https",
                        violation_error_message="The online address begins with https://.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("organised_by__isnull", True), ("organiser", ""), _connector="OR"),
                        name="event_one_organiser",
                        violation_error_message="Name a HIP or another organiser, not both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("status", "draft")),
                            models.Q(("published_at__isnull", False), ("status__in", ("published", "cancelled"))),
                            _connector="OR",
                        ),
                        name="event_published_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status", "draft"), ("starts_at__isnull", False), _connector="OR"),
                        name="event_published_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status", "draft"), ("summary_nl__regex", "\\S"), _connector="OR"),
                        name="event_published_has_summary",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            ("organised_by__isnull", False),
                            ("organiser__regex", "\\S"),
                            _connector="OR",
                        ),
                        name="event_published_has_organiser",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            ("format", "onSite"),
                            models.Q(("online_url", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="event_published_online_has_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"), ("format", "online"), ("location__regex", "\\S"), _connector="OR"
                        ),
                        name="event_published_on_site_has_location",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "cancelled"), ("cancelled_reason_nl__regex", "\\S")),
                            models.Q(
                                models.Q(("status", "cancelled"), _negated=True),
                                ("cancelled_reason_en", ""),
                                ("cancelled_reason_nl", ""),
                            ),
                            _connector="OR",
                        ),
                        name="event_cancelled_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GoodPractice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "slug",
                    models.SlugField(
                        help_text="Its address; stays after publication.",
                        max_length=80,
                        unique=True,
                        verbose_name="slug",
                    ),
                ),
                ("title_nl", models.CharField(max_length=150, verbose_name="title (Dutch)")),
                ("title_en", models.CharField(blank=True, max_length=150, verbose_name="title (English)")),
                (
                    "summary_nl",
                    models.CharField(
                        blank=True,
                        help_text="One or two sentences, for lists.",
                        max_length=300,
                        verbose_name="summary (Dutch)",
                    ),
                ),
                ("summary_en", models.CharField(blank=True, max_length=300, verbose_name="summary (English)")),
                (
                    "problem_nl",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="problem (Dutch)",
                    ),
                ),
                ("problem_en", models.TextField(blank=True, verbose_name="problem (English)")),
                (
                    "approach_nl",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="approach (Dutch)",
                    ),
                ),
                ("approach_en", models.TextField(blank=True, verbose_name="approach (English)")),
                (
                    "results_nl",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="results (Dutch)",
                    ),
                ),
                ("results_en", models.TextField(blank=True, verbose_name="results (English)")),
                (
                    "pitfalls_nl",
                    models.TextField(
                        blank=True,
                        help_text="Markdown: an empty line between paragraphs, - for lists, [text](https://…) for links.",
                        verbose_name="pitfalls (Dutch)",
                    ),
                ),
                ("pitfalls_en", models.TextField(blank=True, verbose_name="pitfalls (English)")),
                (
                    "contact",
                    models.CharField(
                        blank=True,
                        help_text="An office or a role with its general address, not a person.",
                        max_length=200,
                        verbose_name="whom to ask",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        help_text="Where it was described or evaluated first.",
                        max_length=300,
                        verbose_name="source",
                    ),
                ),
                (
                    "licence",
                    models.CharField(
                        choices=[("CC-BY-4.0", "CC BY 4.0"), ("CC-BY-SA-4.0", "CC BY-SA 4.0"), ("CC0-1.0", "CC0 1.0")],
                        default="CC-BY-4.0",
                        max_length=20,
                        verbose_name="licence",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published"), ("withdrawn", "withdrawn")],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published on")),
                (
                    "withdrawn_reason",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="why it was withdrawn"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=consortia.clock.now, editable=False, verbose_name="changed on"),
                ),
                (
                    "action_lines",
                    models.ManyToManyField(
                        blank=True,
                        related_name="good_practices",
                        to="consortia.actionline",
                        verbose_name="action lines",
                    ),
                ),
                (
                    "consortia",
                    models.ManyToManyField(
                        blank=True, related_name="good_practices", to="consortia.consortium", verbose_name="HIPs"
                    ),
                ),
                (
                    "indicators",
                    models.ManyToManyField(
                        blank=True, related_name="good_practices", to="impact.indicator", verbose_name="indicators"
                    ),
                ),
                (
                    "themes",
                    models.ManyToManyField(
                        blank=True, related_name="good_practices", to="consortia.theme", verbose_name="themes"
                    ),
                ),
            ],
            options={
                "verbose_name": "good practice",
                "verbose_name_plural": "good practices",
                "ordering": ["slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "published", "withdrawn"])),
                        name="practice_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("licence__in", ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"])),
                        name="practice_licence_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title_nl__regex", "\\S"), ("slug__regex", "\\S")),
                        name="practice_has_title",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("status", "draft")),
                            models.Q(models.Q(("status", "draft"), _negated=True), ("published_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="practice_published_since",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            models.Q(
                                ("summary_nl__regex", "\\S"),
                                ("problem_nl__regex", "\\S"),
                                ("approach_nl__regex", "\\S"),
                                ("results_nl__regex", "\\S"),
                                ("contact__regex", "\\S"),
                                ("source__regex", "\\S"),
                            ),
                            _connector="OR",
                        ),
                        name="practice_published_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "withdrawn"), ("withdrawn_reason__regex", "\\S")),
                            models.Q(models.Q(("status", "withdrawn"), _negated=True), ("withdrawn_reason", "")),
                            _connector="OR",
                        ),
                        name="practice_withdrawn_has_reason",
                    ),
                ],
            },
        ),
    ]
