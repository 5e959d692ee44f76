"""What the database itself holds about history, so that ad-hoc SQL cannot rewrite it.

Event tables get their append-only triggers from pghistory (`PGHISTORY_APPEND_ONLY`). Here: the
instant that stamps them, and the guard of the rows that say who did what.
"""

from django.db import migrations

AT = """
CREATE OR REPLACE FUNCTION kip_history_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT COALESCE(
        (NULLIF(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'at')
            ::timestamptz,
        now()
    )
$$;
"""

# pghistory writes a context once and, while its transaction lasts, may add to its metadata
# (`_pgh_attach_context`, which stamps created_at with the transaction's own now()).
CONTEXT = """
CREATE OR REPLACE FUNCTION kip_guard_context() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id
       AND OLD.created_at = now() AND NEW.created_at = OLD.created_at THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'kip: who did what is append-only (% on %)', TG_OP, TG_TABLE_NAME;
END
$$;

CREATE TRIGGER kip_guard_context BEFORE UPDATE OR DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION kip_guard_context();
"""

# The test runner empties its own databases, which Django always names test_….
TRUNCATE = """
CREATE OR REPLACE FUNCTION kip_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF starts_with(current_database(), 'test_')
       AND current_setting('kip.refuse_truncate', true) IS DISTINCT FROM 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'kip: history is append-only (TRUNCATE on %)', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER kip_refuse_truncate BEFORE TRUNCATE ON pghistory_context
    FOR EACH STATEMENT EXECUTE FUNCTION kip_refuse_truncate();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("pghistory", "0007_auto_20250421_0444")]

    operations = [
        migrations.RunSQL(AT, "DROP FUNCTION kip_history_at();"),
        migrations.RunSQL(
            CONTEXT,
            """
            DROP TRIGGER kip_guard_context ON pghistory_context;
            DROP FUNCTION kip_guard_context();
            """,
        ),
        migrations.RunSQL(
            TRUNCATE,
            """
            DROP TRIGGER kip_refuse_truncate ON pghistory_context;
            DROP FUNCTION kip_refuse_truncate() CASCADE;
            """,
        ),
    ]
