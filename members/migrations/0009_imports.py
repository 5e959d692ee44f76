import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0008_history_of_labels"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("uploaded", "being checked"),
                            ("checked", "checked"),
                            ("confirmed", "being imported"),
                            ("done", "imported"),
                            ("failed", "failed"),
                            ("dropped", "dropped"),
                        ],
                        default="uploaded",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                ("content", models.BinaryField(null=True, verbose_name="what the table says")),
                (
                    "effective_on",
                    models.DateField(
                        help_text="Other facts in the register, and other people, hold from this day.",
                        verbose_name="changes hold from",
                    ),
                ),
                (
                    "tells",
                    models.BooleanField(
                        default=False,
                        help_text="Who is named gets a letter, and an invitation if they cannot sign in yet.",
                        verbose_name="write to the people",
                    ),
                ),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("started_at", models.DateTimeField(null=True)),
                ("progress", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
                ("unchanged", models.PositiveIntegerField(default=0, verbose_name="unchanged")),
                ("wrong", models.PositiveIntegerField(default=0, verbose_name="wrong")),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("reason", models.TextField(blank=True, verbose_name="why it failed")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-uploaded_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="row")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("changed", "changed"),
                            ("unchanged", "unchanged"),
                            ("wrong", "wrong"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                ("company", models.CharField(max_length=200, verbose_name="company")),
                ("changes", models.JSONField(default=list, verbose_name="what would change")),
                ("errors", models.JSONField(default=list)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="members.importrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of an import",
                "verbose_name_plural": "rows of imports",
                "ordering": ["run", "line"],
            },
        ),
        migrations.CreateModel(
            name="ImportRunEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("uploaded", "being checked"),
                            ("checked", "checked"),
                            ("confirmed", "being imported"),
                            ("done", "imported"),
                            ("failed", "failed"),
                            ("dropped", "dropped"),
                        ],
                        default="uploaded",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                (
                    "effective_on",
                    models.DateField(
                        help_text="Other facts in the register, and other people, hold from this day.",
                        verbose_name="changes hold from",
                    ),
                ),
                (
                    "tells",
                    models.BooleanField(
                        default=False,
                        help_text="Who is named gets a letter, and an invitation if they cannot sign in yet.",
                        verbose_name="write to the people",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="status_name_effective_on_tells_events",
                        to="members.importrun",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrun",
            trigger=pgtrigger.compiler.Trigger(
                name="status_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{checked:confirmed,checked:dropped,checked:uploaded,confirmed:done,confirmed:failed,failed:dropped,failed:uploaded,uploaded:checked,uploaded:dropped,uploaded:failed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="9a072ad4fa02d6eebf8559a268f1412266db1789",
                    operation="UPDATE",
                    pgid="pgtrigger_status_moves_06895",
                    table="members_importrun",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrun",
            trigger=pgtrigger.compiler.Trigger(
                name="status_begins",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"status\" = 'uploaded'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="9995b5f06b866bf9d13a83233a48c5180d72c108",
                    operation="INSERT",
                    pgid="pgtrigger_status_begins_494b5",
                    table="members_importrun",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrun",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_importrunevent" ("effective_on", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tells") VALUES (NEW."effective_on", NEW."name", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."status", NEW."tells"); RETURN NULL;',
                    hash="2db4e907f5669b2197626cc377271e44a8cdf2e3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_41ee9",
                    table="members_importrun",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrun",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."tells" IS DISTINCT FROM (NEW."tells"))',
                    func='INSERT INTO "members_importrunevent" ("effective_on", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tells") VALUES (NEW."effective_on", NEW."name", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."status", NEW."tells"); RETURN NULL;',
                    hash="8c85a65377c8cb9908977af1b0852799be09c4b5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_237e8",
                    table="members_importrun",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrun",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_importrunevent" ("effective_on", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "tells") VALUES (OLD."effective_on", OLD."name", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."status", OLD."tells"); RETURN NULL;',
                    hash="fd49e9f3d98049a8f5bfc4edb2084b0a94fe405e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_febd8",
                    table="members_importrun",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="importedrow",
            constraint=models.UniqueConstraint(fields=("run", "line"), name="importedrow_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="importrunevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ffd3a54350f563755c13a12c2421274e3c1d1ba5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_15a92",
                    table="members_importrunevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
