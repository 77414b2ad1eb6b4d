"""What no writer can do to the log of a draft, to who did what in it, and to its explanations."""

from django.db import migrations, models

FUNCTIONS = """
-- Nothing more can be filled in: the newest version is with the reviewer, or counts.
CREATE FUNCTION impact_is_handed_in(report uuid) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
DECLARE
    newest impact_reportversion;
BEGIN
    SELECT * INTO newest FROM impact_reportversion WHERE report_id = report ORDER BY number DESC LIMIT 1;
    RETURN coalesce(newest.status = 'submitted' OR (newest.status = 'accepted' AND newest.id = (
        SELECT version_id FROM impact_ledgerentry WHERE report_id = report ORDER BY seq DESC LIMIT 1
    )), false);
END $$;

CREATE FUNCTION impact_draft_change_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM impact_reportversion version JOIN impact_quarterlyreport report ON report.id = version.report_id
        WHERE version.id = NEW.version_id AND version.status = 'draft'
            AND report.id = NEW.report_id AND report.revision = NEW.revision
    ) THEN
        RAISE EXCEPTION 'a change is of the draft of its report, as it is now'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_comment_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.settled_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'a comment begins unsettled' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_while_drafting() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.report_id <> OLD.report_id THEN
        RAISE EXCEPTION '% stays with its report', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF impact_is_handed_in(CASE WHEN TG_OP = 'DELETE' THEN OLD.report_id ELSE NEW.report_id END) THEN
        RAISE EXCEPTION 'what was handed in stands (%)', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER guard BEFORE INSERT ON impact_draftchange
    FOR EACH ROW EXECUTE FUNCTION impact_draft_change_guard();
CREATE TRIGGER comment_begins BEFORE INSERT ON impact_comment
    FOR EACH ROW EXECUTE FUNCTION impact_comment_begins();
CREATE TRIGGER while_drafting BEFORE INSERT OR UPDATE OR DELETE ON impact_explanation
    FOR EACH ROW EXECUTE FUNCTION impact_while_drafting();
CREATE TRIGGER while_drafting BEFORE INSERT OR UPDATE OR DELETE ON impact_reportpart
    FOR EACH ROW EXECUTE FUNCTION impact_while_drafting();
"""

UNDONE = """
DROP FUNCTION impact_draft_change_guard() CASCADE;
DROP FUNCTION impact_comment_begins() CASCADE;
DROP FUNCTION impact_while_drafting() CASCADE;
DROP FUNCTION impact_is_handed_in(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0016_rules_and_explanations")]

    operations = [
        migrations.AddField(
            model_name="explanation",
            name="about",
            field=models.JSONField(
                default=dict,
                help_text="What it explains, as it was then: the row as in the API, or the hash of the section.",
            ),
        ),
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDONE),
    ]
