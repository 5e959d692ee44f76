import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0004_an_end_is_recorded"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="membershipperiod",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="membershipperiod",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="membershipperiod",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="membershipperiod",
            name="doubt",
            field=models.TextField(
                blank=True, verbose_name="doubt about the conditions of membership"
            ),
        ),
        migrations.AddField(
            model_name="membershipperiod",
            name="doubted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="doubted since"),
        ),
        migrations.AddField(
            model_name="membershipperiodevent",
            name="doubted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="doubted since"),
        ),
        migrations.AlterField(
            model_name="membershipperiodevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="member_since_until_resolution_end_reason_end_ground_doubted_at_events",
                to="members.membershipperiod",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membershipperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membershipperiodevent" ("doubted_at", "end_ground", "end_reason", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution", "since", "until") VALUES (NEW."doubted_at", NEW."end_ground", NEW."end_reason", NEW."member_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."resolution", NEW."since", NEW."until"); RETURN NULL;',
                    hash="e4c67adbd6aa3c36862826b0a40a69f586fe41b1",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_83a22",
                    table="members_membershipperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membershipperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."doubted_at" IS DISTINCT FROM (NEW."doubted_at") OR OLD."end_ground" IS DISTINCT FROM (NEW."end_ground") OR OLD."end_reason" IS DISTINCT FROM (NEW."end_reason") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."resolution" IS DISTINCT FROM (NEW."resolution") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."until" IS DISTINCT FROM (NEW."until"))',
                    func='INSERT INTO "members_membershipperiodevent" ("doubted_at", "end_ground", "end_reason", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution", "since", "until") VALUES (NEW."doubted_at", NEW."end_ground", NEW."end_reason", NEW."member_id", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."resolution", NEW."since", NEW."until"); RETURN NULL;',
                    hash="f2e3064c029a936dcd94964c1ac3ca2a1b0cddaf",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5a992",
                    table="members_membershipperiod",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membershipperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membershipperiodevent" ("doubted_at", "end_ground", "end_reason", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution", "since", "until") VALUES (OLD."doubted_at", OLD."end_ground", OLD."end_reason", OLD."member_id", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."resolution", OLD."since", OLD."until"); RETURN NULL;',
                    hash="aa816a9c33de2026b067502ab3b95319639c96a8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9cb28",
                    table="members_membershipperiod",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="membershipperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("doubt", ""), ("doubted_at__isnull", True)),
                    models.Q(models.Q(("doubt", ""), _negated=True), ("doubted_at__isnull", False)),
                    _connector="OR",
                ),
                name="membershipperiod_doubt_iff_dated",
            ),
        ),
    ]
