"""What no writer can do to links between organisations, vintages and dismissed duplicates."""

from django.db import migrations

APPEND_ONLY = ("vintage", "dismissedduplicate")

FUNCTIONS = """
-- Runs after `give_seq` (triggers go by name), so under the lock of the ledger: no other link comes in between.
CREATE FUNCTION impact_link_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.undoes_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM impact_ledgerentry WHERE seq = NEW.undoes_id AND from_organisation_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'only a link is undone' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.from_organisation_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1 FROM impact_ledgerentry link
        WHERE link.from_organisation_id = NEW.from_organisation_id
            AND NOT EXISTS (SELECT 1 FROM impact_ledgerentry undo WHERE undo.undoes_id = link.seq)
    ) THEN
        RAISE EXCEPTION 'the organisation is already linked to another'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        WITH RECURSIVE path(organisation_id) AS (
            SELECT NEW.to_organisation_id
            UNION
            SELECT link.to_organisation_id FROM impact_ledgerentry link
            JOIN path ON path.organisation_id = link.from_organisation_id
            WHERE NOT EXISTS (SELECT 1 FROM impact_ledgerentry undo WHERE undo.undoes_id = link.seq)
        )
        SELECT 1 FROM path WHERE organisation_id = NEW.from_organisation_id
    ) THEN
        RAISE EXCEPTION 'links of organisations go in a circle' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- The address of a HIP is part of what the hash of a vintage is made of.
CREATE FUNCTION impact_slug_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.slug IS DISTINCT FROM OLD.slug AND EXISTS (SELECT 1 FROM impact_vintage) THEN
        RAISE EXCEPTION 'the slug of a HIP is fixed once a vintage is published'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = "\n".join(
    [
        "CREATE TRIGGER link_guard BEFORE INSERT ON impact_ledgerentry "
        "FOR EACH ROW EXECUTE FUNCTION impact_link_guard();",
        "CREATE TRIGGER slug_guard BEFORE UPDATE ON consortia_consortium "
        "FOR EACH ROW EXECUTE FUNCTION impact_slug_guard();",
        *(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_{table} "
            "FOR EACH ROW EXECUTE FUNCTION impact_append_only();"
            for table in APPEND_ONLY
        ),
    ]
)
BACK = "\n".join(
    [
        "DROP FUNCTION impact_link_guard() CASCADE;",
        "DROP FUNCTION impact_slug_guard() CASCADE;",
        *(f"DROP TRIGGER append_only ON impact_{table};" for table in APPEND_ONLY),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("impact", "0003_links_and_vintages")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, BACK)]
