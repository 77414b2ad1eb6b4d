"""A budget line stays as it was written, and is about euros that HIPs enter."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION impact_budget_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM impact_indicatordefinition definition
        WHERE definition.indicator_id = NEW.indicator_id AND definition.unit = 'euro'
            AND definition.kind = 'flow' AND definition.source = 'entered'
    ) THEN
        RAISE EXCEPTION 'a budget line is about an amount in euro that HIPs enter'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON impact_budgetline FOR EACH ROW EXECUTE FUNCTION impact_budget_guard();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_budgetline
    FOR EACH ROW EXECUTE FUNCTION impact_append_only();
"""
BACK = """
DROP TRIGGER append_only ON impact_budgetline;
DROP FUNCTION impact_budget_guard() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0022_budget_lines")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
