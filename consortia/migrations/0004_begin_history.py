"""The rows that are there already, as the first entry of their history: a later change shows what it was before."""

from typing import Any

from django.db import migrations

TRACKED = {
    "programme": "programmechange",
    "actionline": "actionlinechange",
    "theme": "themechange",
    "consortium": "consortiumchange",
    "consortiumtheme": "consortiumthemechange",
    "partnership": "partnershipchange",
    "organisation": "organisationchange",
    "partner": "partnerchange",
    "user": "userchange",
    "membership": "membershipchange",
    "apitoken": "apitokenchange",
    "messagetemplate": "messagetemplatechange",
}
"""The history of each table."""


def begin(apps: Any, schema_editor: Any) -> None:
    for tracked, history in TRACKED.items():
        rows, entries = apps.get_model("consortia", tracked), apps.get_model("consortia", history)
        quote = schema_editor.quote_name
        kept = ", ".join(
            quote(field.column) for field in entries._meta.local_fields if not field.name.startswith("pgh_")
        )
        schema_editor.execute(
            f"INSERT INTO {quote(entries._meta.db_table)} ({kept}, pgh_obj_id, pgh_label, pgh_created_at) "
            f"SELECT {kept}, id, 'known', now() FROM {quote(rows._meta.db_table)} ORDER BY id"
        )


class Migration(migrations.Migration):
    dependencies = [("consortia", "0003_history_of_reference_data")]

    # Backwards the entries go with their tables: nobody can delete one.
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
