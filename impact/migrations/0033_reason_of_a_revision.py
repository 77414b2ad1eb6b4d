"""Whoever revises a goal says why, whichever way it is written; a goal that is set for the first time need not."""

from django.db import migrations

GUARD = """
CREATE FUNCTION impact_revision_reason() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF btrim(NEW.reason) = '' AND (
        SELECT number FROM impact_goalrevision WHERE id = NEW.goal_revision_id
    ) > 1 THEN
        RAISE EXCEPTION 'whoever revises a goal says why' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER revision_reason BEFORE INSERT ON impact_ledgerentry
    FOR EACH ROW WHEN (NEW.kind = 'goal' AND NEW.actor_id IS NOT NULL)
    EXECUTE FUNCTION impact_revision_reason();
"""
UNGUARD = """
DROP TRIGGER revision_reason ON impact_ledgerentry;
DROP FUNCTION impact_revision_reason();
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0032_participations_by_line")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
