import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0002_archive"),
        ("mail", "0005_letters_that_came_back"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailing",
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
                            ("draft", "draft"),
                            ("scheduled", "waits for its time"),
                            ("sending", "on its way"),
                            ("sent", "sent"),
                            ("stopped", "stopped"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("audience", models.CharField(editable=False, max_length=30)),
                ("rows", models.JSONField(default=list, editable=False)),
                ("part", models.CharField(blank=True, max_length=30, verbose_name="whom")),
                ("query", models.TextField(blank=True, editable=False)),
                (
                    "subject_fi",
                    models.CharField(blank=True, max_length=200, verbose_name="subject"),
                ),
                ("text_fi", models.TextField(blank=True, verbose_name="text")),
                (
                    "subject_sv",
                    models.CharField(blank=True, max_length=200, verbose_name="subject"),
                ),
                ("text_sv", models.TextField(blank=True, verbose_name="text")),
                (
                    "subject_en",
                    models.CharField(blank=True, max_length=200, verbose_name="subject"),
                ),
                ("text_en", models.TextField(blank=True, verbose_name="text")),
                ("created_at", models.DateTimeField(verbose_name="begun")),
                (
                    "send_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="goes out at"),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="began to go out")),
                ("prepared_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "attachments",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        to="documents.document",
                        verbose_name="attachments",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
            ],
            options={
                "verbose_name": "mailing",
                "verbose_name_plural": "mailings",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MailingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("scheduled", "waits for its time"),
                            ("sending", "on its way"),
                            ("sent", "sent"),
                            ("stopped", "stopped"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "send_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="goes out at"),
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
                        related_name="status_send_at_events",
                        to="mailings.mailing",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MailingRecipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("given_name", models.CharField(blank=True, max_length=100)),
                ("family_name", models.CharField(blank=True, max_length=100)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-mail"), ("letter", "letter on paper")],
                        default="email",
                        max_length=10,
                    ),
                ),
                ("address", models.EmailField(blank=True, max_length=254, verbose_name="address")),
                ("postal_address", models.TextField(blank=True, verbose_name="postal address")),
                ("language", models.CharField(max_length=2, verbose_name="language")),
                ("reasons", models.JSONField(default=list)),
                (
                    "left_out",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_address", "no address is known"),
                            ("double", "somebody else with the same address gets it"),
                            ("comes_back", "letters to the address come back"),
                            ("by_hand", "left out by the secretary"),
                            ("gone", "is in the list no more"),
                        ],
                        max_length=10,
                        verbose_name="left out",
                    ),
                ),
                (
                    "mail",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="mail.outboxmail",
                    ),
                ),
                (
                    "mailing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipients",
                        to="mailings.mailing",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recipient",
                "verbose_name_plural": "recipients",
                "ordering": ["mailing", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "draft"),
                    models.Q(("subject_fi__gt", ""), ("text_fi__gt", "")),
                    models.Q(("subject_sv__gt", ""), ("text_sv__gt", "")),
                    models.Q(("subject_en__gt", ""), ("text_en__gt", "")),
                    _connector="OR",
                ),
                name="mailing_has_words_once_it_is_no_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "scheduled"), _negated=True),
                    ("send_at__isnull", False),
                    _connector="OR",
                ),
                name="mailing_waits_iff_it_has_an_hour",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at__isnull", True), ("status__in", ["draft", "scheduled"])),
                    models.Q(
                        models.Q(("status__in", ["draft", "scheduled"]), _negated=True),
                        ("sent_by__isnull", False),
                        ("started_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="mailing_started_iff_no_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("status__in", ["sent", "stopped"])),
                    models.Q(
                        models.Q(("status__in", ["sent", "stopped"]), _negated=True),
                        ("ended_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="mailing_ended_iff_over",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="status_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."status", \':\', NEW."status") = ANY(\'{draft:scheduled,draft:sending,scheduled:draft,scheduled:sending,sending:sent,sending:stopped}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."status" IS DISTINCT FROM NEW."status") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "status" from "%" to "%" on table %\', OLD."status", NEW."status", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="c3e7ff0ad6ce8c2486e4724d76b3c550d5e4829c",
                    operation="UPDATE",
                    pgid="pgtrigger_status_moves_7e1f6",
                    table="mailings_mailing",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="status_begins",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"status\" = 'draft'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                    hash="8ea3e12ac123e1cbed137b4e87712ee2e24dae91",
                    operation="INSERT",
                    pgid="pgtrigger_status_begins_6332f",
                    table="mailings_mailing",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="words_stand_once_sent",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.status != 'draft' AND (OLD.audience IS DISTINCT FROM NEW.audience OR OLD.rows IS DISTINCT FROM NEW.rows OR OLD.part IS DISTINCT FROM NEW.part OR OLD.query IS DISTINCT FROM NEW.query OR OLD.subject_fi IS DISTINCT FROM NEW.subject_fi OR OLD.text_fi IS DISTINCT FROM NEW.text_fi OR OLD.subject_sv IS DISTINCT FROM NEW.subject_sv OR OLD.text_sv IS DISTINCT FROM NEW.text_sv OR OLD.subject_en IS DISTINCT FROM NEW.subject_en OR OLD.text_en IS DISTINCT FROM NEW.text_en))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="8bac4c2191a887904b1320dbcaabb24591e4eac9",
                    operation="UPDATE",
                    pgid="pgtrigger_words_stand_once_sent_f2ce4",
                    table="mailings_mailing",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="only_a_draft_goes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (OLD.\"status\" = 'draft'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3fdf4f825a0b4639f084a9c2b431945b67dd8347",
                    operation="DELETE",
                    pgid="pgtrigger_only_a_draft_goes_13d43",
                    table="mailings_mailing",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "mailings_mailingevent" ("pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "send_at", "status") VALUES (_pgh_attach_context(), kip_history_at(), \'insert\', NEW."id", NEW."send_at", NEW."status"); RETURN NULL;',
                    hash="cbfab65c307323c89d5fb584d94579ba8b2e826a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_afbf8",
                    table="mailings_mailing",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."send_at" IS DISTINCT FROM (NEW."send_at") OR OLD."status" IS DISTINCT FROM (NEW."status"))',
                    func='INSERT INTO "mailings_mailingevent" ("pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "send_at", "status") VALUES (_pgh_attach_context(), kip_history_at(), \'update\', NEW."id", NEW."send_at", NEW."status"); RETURN NULL;',
                    hash="be5d42ff75c9c3311baa3c905f28963533fd9aa2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_143aa",
                    table="mailings_mailing",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailing",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "mailings_mailingevent" ("pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "send_at", "status") VALUES (_pgh_attach_context(), kip_history_at(), \'delete\', OLD."id", OLD."send_at", OLD."status"); RETURN NULL;',
                    hash="1b87e0fa0cf9ebcf562cc5b5373b8ff68583f69f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9d0ff",
                    table="mailings_mailing",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="acd4f44ec1d61fb616d9eeacc40f2fb18c89e29d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3a99c",
                    table="mailings_mailingevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="mailingrecipient",
            index=models.Index(
                condition=models.Q(("left_out", ""), ("mail__isnull", True)),
                fields=["mailing", "id"],
                name="mailingrecipient_to_write",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailingrecipient",
            constraint=models.UniqueConstraint(
                condition=models.Q(("channel", "email"), ("left_out", "")),
                fields=("mailing", "address"),
                name="mailingrecipient_one_letter_to_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailingrecipient",
            constraint=models.UniqueConstraint(
                condition=models.Q(("person__isnull", False)),
                fields=("mailing", "person"),
                name="mailingrecipient_each_person_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailingrecipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_out", ""), _negated=True),
                    models.Q(("channel", "email"), models.Q(("address", ""), _negated=True)),
                    models.Q(
                        ("channel", "letter"), models.Q(("postal_address", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="mailingrecipient_who_gets_it_has_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailingrecipient",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_out", ""), ("mail__isnull", True), _connector="OR"),
                name="mailingrecipient_who_is_left_out_gets_none",
            ),
        ),
    ]
