"""What the application's database role may do with each table.

The role owns nothing. It reads and writes rows, but of the ledger and of all that must stay as it was written it can
only read and add. `migrate` lays this down anew after every run, so that the database never lags behind the
table below.
"""

import pghistory.core
from django.db import connections
from psycopg2 import sql

READ, ADD, CHANGE, REMOVE = "SELECT", "INSERT", "UPDATE", "DELETE"

EVERYTHING = (READ, ADD, CHANGE, REMOVE)
APPEND_ONLY = (READ, ADD)
READ_ONLY = (READ,)

PRIVILEGES: dict[str, tuple[str, ...]] = {
    "django_admin_log": APPEND_ONLY,
    "django_migrations": READ_ONLY,
    "impact_budgetline": APPEND_ONLY,
    "impact_comment": (READ, ADD, CHANGE),
    "impact_checkrule": (READ, ADD, CHANGE),
    "impact_dismissedduplicate": APPEND_ONLY,
    "impact_draftchange": APPEND_ONLY,
    "impact_evidence": (READ, ADD, CHANGE),
    "impact_extension": APPEND_ONLY,
    "impact_extensionend": APPEND_ONLY,
    "impact_extensionrequest": (READ, ADD, CHANGE),
    "impact_followup": (READ, ADD, CHANGE),
    "impact_goalrevision": APPEND_ONLY,
    "impact_indicatordefinition": APPEND_ONLY,
    "impact_ledgerentry": APPEND_ONLY,
    "impact_mention": APPEND_ONLY,
    "impact_milestone": APPEND_ONLY,
    "impact_programmereport": APPEND_ONLY,
    "impact_programmereportdocument": APPEND_ONLY,
    "impact_registerimport": APPEND_ONLY,
    "impact_reportevent": APPEND_ONLY,
    "impact_versionauthor": APPEND_ONLY,
    "impact_vintage": APPEND_ONLY,
    "impact_webhookattempt": (READ, ADD, REMOVE),
    "pghistory_context": READ_ONLY,
}
"""Of what stands here; the history of reference data is `APPEND_ONLY`, whichever models are tracked."""


def privileges(table: str) -> tuple[str, ...]:
    """What the application may do with the rows of a table."""
    if table in {model._meta.db_table for model in pghistory.core.event_models()}:
        return APPEND_ONLY
    return PRIVILEGES.get(table, EVERYTHING)


def apply(*, owner: str, application: str) -> bool:
    """Give the role behind the alias `application` exactly its privileges, as the role behind the alias `owner`.

    Returns whether there was anything to do: where both are one role it owns everything, whatever is granted.
    """
    connection = connections[owner]
    role = connections[application].settings_dict["USER"]
    if not role or role == connection.settings_dict["USER"]:
        return False
    grantee = sql.Identifier(role)
    database = sql.Identifier(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [name for (name,) in cursor.fetchall()]
        statements = [
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
            # A temporary table could stand in for a real one, also in what a trigger reads.
            "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        ]
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(role=grantee, database=database))
        for table in tables:
            statement = sql.SQL("GRANT {privileges} ON {table} TO {role}").format(
                privileges=sql.SQL(", ").join(map(sql.SQL, privileges(table))),
                table=sql.Identifier("public", table),
                role=grantee,
            )
            cursor.execute(statement)
    return True
