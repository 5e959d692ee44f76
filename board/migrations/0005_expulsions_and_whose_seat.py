import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("board", "0004_papers_of_matters_taken_up_anew"),
        ("members", "0005_doubt"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="seat",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="seat",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="seat",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="matter",
            name="matter_says_what_it_is",
        ),
        migrations.AddField(
            model_name="matter",
            name="expulsion",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.expulsion",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.member",
                verbose_name="member company",
            ),
        ),
        migrations.AddField(
            model_name="seatevent",
            name="member",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="members.member",
                verbose_name="member company",
            ),
        ),
        migrations.AlterField(
            model_name="matter",
            name="kind",
            field=models.CharField(
                choices=[
                    ("admission", "admission of a member"),
                    ("expulsion", "expulsion of a member"),
                    ("other", "other matter"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="seatevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="term_person_kind_order_organisation_member_since_until_events",
                to="board.seat",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "board_seatevent" ("kind", "member_id", "order", "organisation", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "term_id", "until") VALUES (NEW."kind", NEW."member_id", NEW."order", NEW."organisation", NEW."person_id", _pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."since", NEW."term_id", NEW."until"); RETURN NULL;',
                    hash="5ed5e8b8ad71ccfa6a57517c4eba4580de53f76b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_29aee",
                    table="board_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."order" IS DISTINCT FROM (NEW."order") OR OLD."organisation" IS DISTINCT FROM (NEW."organisation") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."term_id" IS DISTINCT FROM (NEW."term_id") OR OLD."until" IS DISTINCT FROM (NEW."until"))',
                    func='INSERT INTO "board_seatevent" ("kind", "member_id", "order", "organisation", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "term_id", "until") VALUES (NEW."kind", NEW."member_id", NEW."order", NEW."organisation", NEW."person_id", _pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."since", NEW."term_id", NEW."until"); RETURN NULL;',
                    hash="c7c5d1eed6314f645fe99f4212ba7e1c1ba0db5c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_da9f3",
                    table="board_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "board_seatevent" ("kind", "member_id", "order", "organisation", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "term_id", "until") VALUES (OLD."kind", OLD."member_id", OLD."order", OLD."organisation", OLD."person_id", _pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."since", OLD."term_id", OLD."until"); RETURN NULL;',
                    hash="79a30cda3b2246b69e62b7ec6adc5875c89abb5d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_afdc6",
                    table="board_seat",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expulsion__isnull", False), ("kind", "expulsion")),
                    models.Q(
                        models.Q(("kind", "expulsion"), _negated=True), ("expulsion__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="matter_expulsion_iff_expulsion",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["admission", "expulsion"]),
                    models.Q(("title", ""), _negated=True),
                    _connector="OR",
                ),
                name="matter_says_what_it_is",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["for_meeting", "open"])),
                fields=("expulsion",),
                name="matter_one_pending_per_expulsion",
            ),
        ),
    ]
