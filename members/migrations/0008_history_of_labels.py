import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0007_search"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberSector",
            fields=[],
            options={
                "verbose_name": "sector",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("members.member_sectors",),
        ),
        migrations.CreateModel(
            name="MemberSite",
            fields=[],
            options={
                "verbose_name": "site in the Park",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("members.member_sites",),
        ),
        migrations.CreateModel(
            name="MemberSectorEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
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
                    "sector",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.sector",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MemberSiteEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.member",
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
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="members.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersector",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membersectorevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "sector_id") VALUES (NEW."id", NEW."member_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."sector_id"); RETURN NULL;',
                    hash="6282baa856b3cba04683050cea0d89ee3f5c9f09",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_de8f0",
                    table="members_member_sectors",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersector",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membersectorevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "sector_id") VALUES (OLD."id", OLD."member_id", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."sector_id"); RETURN NULL;',
                    hash="7017417f979c7c1aaacdb3b89505f14be93eb11d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_98e59",
                    table="members_member_sectors",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersite",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membersiteevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (NEW."id", NEW."member_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."site_id"); RETURN NULL;',
                    hash="2d1a07059a7101616e837ac8a27ac7bd7f1fa967",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_bfc69",
                    table="members_member_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersite",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "members_membersiteevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "site_id") VALUES (OLD."id", OLD."member_id", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."site_id"); RETURN NULL;',
                    hash="23e9774d7dbb6406c50b01b66f72e456f044d4ff",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2f926",
                    table="members_member_sites",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersectorevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e431886f5c0056dba749e6fa535495aa47e05668",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8716f",
                    table="members_membersectorevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membersiteevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="dc215ad68918f05e708e3e8c0dac78920e622c97",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_781a5",
                    table="members_membersiteevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
