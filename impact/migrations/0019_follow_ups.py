"""Follow-up marks of the office, and what no writer can do to them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import consortia.clock

FUNCTION = """
CREATE FUNCTION impact_follow_up_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a follow-up mark stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.done_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a follow-up mark begins open' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.done_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'what has been dealt with stands' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (to_jsonb(NEW) - '{owner_id,due_date,done_by_id,done_at}'::text[])
        <> (to_jsonb(OLD) - '{owner_id,due_date,done_by_id,done_at}'::text[])
    THEN
        RAISE EXCEPTION 'a follow-up mark says what it said' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follow_up_guard BEFORE INSERT OR UPDATE OR DELETE ON impact_followup
    FOR EACH ROW EXECUTE FUNCTION impact_follow_up_guard();
"""
UNDONE = "DROP FUNCTION impact_follow_up_guard() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("impact", "0018_guards_of_drafting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.CharField(
                        blank=True,
                        help_text="The key of a row, a section, or empty: the quarter as a whole.",
                        max_length=300,
                    ),
                ),
                ("text", models.TextField(verbose_name="text")),
                ("due_date", models.DateField(verbose_name="by")),
                ("marked_at", models.DateTimeField(default=consortia.clock.now, verbose_name="when")),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "marked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken up by",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="impact.quarterlyreport",
                    ),
                ),
            ],
            options={
                "verbose_name": "follow-up mark",
                "verbose_name_plural": "follow-up marks",
                "ordering": ["due_date", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="followup_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at__isnull", True), ("done_by__isnull", True)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="followup_done_by_someone",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, UNDONE),
    ]
