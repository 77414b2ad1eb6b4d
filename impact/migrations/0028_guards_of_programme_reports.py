"""What no writer can do to a report that was made of a vintage: it stays, and its hashes are those of its files."""

from django.db import migrations

TABLES = ("programmereport", "programmereportdocument")

GUARDS = "\n".join(
    [
        *(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON impact_{table} "
            "FOR EACH ROW EXECUTE FUNCTION impact_append_only();"
            for table in TABLES
        ),
        "ALTER TABLE impact_programmereportdocument ADD CONSTRAINT programmereportdocument_hashes CHECK ("
        "pdf_sha256 = encode(sha256(pdf), 'hex') AND xlsx_sha256 = encode(sha256(xlsx), 'hex'));",
    ]
)
BACK = "\n".join(
    [
        "ALTER TABLE impact_programmereportdocument DROP CONSTRAINT programmereportdocument_hashes;",
        *(f"DROP TRIGGER append_only ON impact_{table};" for table in TABLES),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("impact", "0027_programme_reports")]

    operations = [migrations.RunSQL(GUARDS, BACK)]
