"""Who took over which export stays as it was written, whoever writes."""

from django.db import migrations

GUARD = """
CREATE FUNCTION impact_register_import_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'an import stays as it was written' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON impact_registerimport
    FOR EACH ROW EXECUTE FUNCTION impact_register_import_guard();
"""
UNGUARD = """
DROP TRIGGER guard ON impact_registerimport;
DROP FUNCTION impact_register_import_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("impact", "0030_register_imports")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
