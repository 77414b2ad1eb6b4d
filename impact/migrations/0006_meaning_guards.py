"""What no writer can do to the meaning of figures that were handed in."""

from django.db import migrations

FUNCTIONS = """
-- Runs after `give_seq` (triggers go by name), so under the lock of the ledger: no other entry comes in between.
CREATE FUNCTION impact_meaning_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    defined bigint;
    begins int;
    ends int;
BEGIN
    IF NEW.kind = 'definition' THEN
        SELECT definition.indicator_id, quarter.index INTO defined, begins
            FROM impact_indicatordefinition definition JOIN impact_quarter quarter
            ON quarter.id = definition.from_quarter_id WHERE definition.id = NEW.definition_id;
        SELECT min(quarter.index) INTO ends
            FROM impact_ledgerentry entry
            JOIN impact_indicatordefinition definition ON definition.id = entry.definition_id
            JOIN impact_quarter quarter ON quarter.id = definition.from_quarter_id
            WHERE definition.indicator_id = defined AND quarter.index > begins;
        IF EXISTS (
            SELECT 1 FROM impact_figure figure
            JOIN impact_reportversion version ON version.id = figure.version_id
            JOIN impact_quarterlyreport report ON report.id = version.report_id
            JOIN impact_quarter quarter ON quarter.id = report.quarter_id
            WHERE figure.indicator_id = defined
                AND quarter.index >= begins AND (ends IS NULL OR quarter.index < ends)
                AND (version.status = 'submitted' OR version.id = (
                    SELECT version_id FROM impact_ledgerentry WHERE report_id = report.id ORDER BY seq DESC LIMIT 1
                ))
        ) THEN
            RAISE EXCEPTION 'figures that were handed in keep their meaning'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.kind = 'counts' THEN
        IF EXISTS (
            SELECT 1 FROM impact_figure figure
            JOIN impact_quarterlyreport report ON report.id = NEW.report_id
            JOIN impact_quarter quarter ON quarter.id = report.quarter_id
            LEFT JOIN LATERAL (
                SELECT definition.* FROM impact_indicatordefinition definition
                JOIN impact_ledgerentry entry ON entry.definition_id = definition.id
                JOIN impact_quarter since ON since.id = definition.from_quarter_id
                WHERE definition.indicator_id = figure.indicator_id AND since.index <= quarter.index
                ORDER BY since.index DESC, entry.seq DESC LIMIT 1
            ) definition ON true
            WHERE figure.version_id = NEW.version_id AND (
                definition.id IS NULL
                OR definition.source <> 'entered'
                OR definition.by_action_line <> (figure.action_line_id IS NOT NULL)
                OR (definition.kind = 'ratio') <> (figure.numerator IS NOT NULL)
                OR (definition.unit <> 'euro' AND figure.value <> trunc(figure.value))
            )
        ) THEN
            RAISE EXCEPTION 'a figure does not fit the definition of its indicator'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER meaning_guard BEFORE INSERT ON impact_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION impact_meaning_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0005_roll_ups_unchecked")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, "DROP FUNCTION impact_meaning_guard() CASCADE;")]
