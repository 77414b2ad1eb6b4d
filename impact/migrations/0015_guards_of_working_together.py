"""What no writer can do to what people said, asked for and added as evidence."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION impact_comment_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a comment stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.settled_by_id IS NOT NULL OR NEW.settled_by_id IS NULL
        OR (to_jsonb(NEW) - '{settled_by_id,settled_at}'::text[])
            <> (to_jsonb(OLD) - '{settled_by_id,settled_at}'::text[])
    THEN
        RAISE EXCEPTION 'a comment is settled once, and otherwise stays as it was written'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION impact_extension_request_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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

CREATE FUNCTION impact_evidence_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    newest impact_reportversion;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.removed_by_id IS NOT NULL OR NEW.removed_by_id IS NULL
        OR (to_jsonb(NEW) - '{removed_by_id,removed_at}'::text[])
            <> (to_jsonb(OLD) - '{removed_by_id,removed_at}'::text[])
    ) THEN
        RAISE EXCEPTION 'evidence is taken away once, and otherwise stays as it was added'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND (NEW.removed_by_id IS NOT NULL OR NEW.file NOT IN ('', 'evidence/' || NEW.id)) THEN
        RAISE EXCEPTION 'evidence begins as its own file or link' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT * INTO newest FROM impact_reportversion WHERE report_id = NEW.report_id ORDER BY number DESC LIMIT 1;
    IF newest.status = 'submitted' OR (newest.status = 'accepted' AND newest.id = (
        SELECT version_id FROM impact_ledgerentry WHERE report_id = NEW.report_id ORDER BY seq DESC LIMIT 1
    )) THEN
        RAISE EXCEPTION 'the evidence of what was handed in stands' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER comment_guard BEFORE UPDATE OR DELETE ON impact_comment
    FOR EACH ROW EXECUTE FUNCTION impact_comment_guard();
CREATE TRIGGER extension_request_guard BEFORE INSERT OR UPDATE OR DELETE ON impact_extensionrequest
    FOR EACH ROW EXECUTE FUNCTION impact_extension_request_guard();
CREATE TRIGGER evidence_guard BEFORE INSERT OR UPDATE OR DELETE ON impact_evidence
    FOR EACH ROW EXECUTE FUNCTION impact_evidence_guard();
"""

UNDONE = """
DROP FUNCTION impact_comment_guard() CASCADE;
DROP FUNCTION impact_extension_request_guard() CASCADE;
DROP FUNCTION impact_evidence_guard() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0009_drafting_together")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDONE)]
