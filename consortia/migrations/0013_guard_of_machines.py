"""A machine stays one, and never gets a role in which people review."""

from django.db import migrations

GUARD = """
CREATE FUNCTION consortia_machine_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.is_machine IS DISTINCT FROM OLD.is_machine THEN
        RAISE EXCEPTION 'a person stays a person and a machine a machine'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER machine_guard BEFORE UPDATE ON consortia_user
    FOR EACH ROW EXECUTE FUNCTION consortia_machine_guard();

CREATE FUNCTION consortia_machine_role_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.role = 'reviewer' AND EXISTS (SELECT 1 FROM consortia_user WHERE id = NEW.user_id AND is_machine) THEN
        RAISE EXCEPTION 'only a person reviews' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER machine_guard BEFORE INSERT OR UPDATE ON consortia_membership
    FOR EACH ROW EXECUTE FUNCTION consortia_machine_role_guard();
"""
UNGUARD = """
DROP TRIGGER machine_guard ON consortia_membership;
DROP FUNCTION consortia_machine_role_guard();
DROP TRIGGER machine_guard ON consortia_user;
DROP FUNCTION consortia_machine_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("consortia", "0012_machines")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
