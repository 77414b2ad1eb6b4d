"""The due date that held at a submission is given by the database; what the office answers stays as it was written."""

from django.db import migrations

FUNCTIONS = """
-- Later extensions, endings and changes of the due date of the quarter do not turn late into in time, or back.
CREATE FUNCTION impact_version_due() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'draft' THEN
        RETURN NEW;
    END IF;
    IF OLD.status <> 'draft' THEN
        IF NEW.due_date IS DISTINCT FROM OLD.due_date THEN
            RAISE EXCEPTION 'the due date that held at a submission stays'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT greatest(quarter.due_date, max(coalesce(ending.last_day, extension.due_date))) INTO NEW.due_date
        FROM impact_quarterlyreport report
        JOIN impact_quarter quarter ON quarter.id = report.quarter_id
        LEFT JOIN impact_extension extension ON extension.report_id = report.id
        LEFT JOIN impact_extensionend ending ON ending.extension_id = extension.id
        WHERE report.id = NEW.report_id
        GROUP BY quarter.due_date;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_extension_end_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.last_day < (NEW.ended_at AT TIME ZONE 'Europe/Amsterdam')::date
        OR NEW.last_day >= (SELECT due_date FROM impact_extension WHERE id = NEW.extension_id)
    THEN
        RAISE EXCEPTION 'an extension is ended from today on, before the day that was granted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION impact_extension_request_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.declined_at IS NOT NULL THEN
        RAISE EXCEPTION 'a request begins unanswered' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.extension_id IS NOT NULL OR OLD.declined_at IS NOT NULL
        OR (to_jsonb(NEW) - '{extension_id,declined_by_id,declined_at,decline_reason}'::text[])
            <> (to_jsonb(OLD) - '{extension_id,declined_by_id,declined_at,decline_reason}'::text[])
    ) THEN
        RAISE EXCEPTION 'a request is answered once, and otherwise stays as it was written'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.extension_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM impact_extension WHERE id = NEW.extension_id AND report_id = NEW.report_id
    ) THEN
        RAISE EXCEPTION 'a request is answered by an extension of the same report'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER due BEFORE UPDATE ON impact_reportversion FOR EACH ROW EXECUTE FUNCTION impact_version_due();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_extension
    FOR EACH ROW EXECUTE FUNCTION impact_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_extensionend
    FOR EACH ROW EXECUTE FUNCTION impact_append_only();
CREATE TRIGGER guard BEFORE INSERT ON impact_extensionend
    FOR EACH ROW EXECUTE FUNCTION impact_extension_end_guard();
"""

UNDONE = """
DROP TRIGGER append_only ON impact_extension;
DROP TRIGGER append_only ON impact_extensionend;
DROP FUNCTION impact_version_due() CASCADE;
DROP FUNCTION impact_extension_end_guard() CASCADE;
CREATE OR REPLACE FUNCTION impact_extension_request_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.extension_id IS NOT NULL OR (to_jsonb(NEW) - 'extension_id') <> (to_jsonb(OLD) - 'extension_id')
    ) THEN
        RAISE EXCEPTION 'a request is answered once, and otherwise stays as it was written'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.extension_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM impact_extension WHERE id = NEW.extension_id AND report_id = NEW.report_id
    ) THEN
        RAISE EXCEPTION 'a request is answered by an extension of the same report'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0020_due_dates_and_answers")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDONE)]
