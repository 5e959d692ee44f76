import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0004_wordings_of_letters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StoppedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="address")),
                ("since", models.DateTimeField(verbose_name="stopped")),
                (
                    "said",
                    models.TextField(blank=True, verbose_name="what the mail server said last"),
                ),
                (
                    "until",
                    models.DateTimeField(blank=True, null=True, verbose_name="sent to again"),
                ),
            ],
            options={
                "verbose_name": "address that letters come back from",
                "verbose_name_plural": "addresses that letters come back from",
                "ordering": ["-since", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="report",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="attempt",
            name="weight",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("accepted", "Accepted by the mail server"),
                    ("deferred", "Not taken this time"),
                    ("refused", "Refused"),
                    ("interrupted", "Interrupted: whether it went out is not known"),
                    ("requeued", "Put back in the queue"),
                    ("bounced", "Came back"),
                    ("hearsay", "Came back, says a report that does not name this letter"),
                    ("held", "Not sent: letters to this address come back"),
                ],
                max_length=12,
                verbose_name="outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("outcome", "bounced")), fields=["at"], name="attempt_came_back"
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("report", ""), _negated=True),
                fields=("mail", "report"),
                name="attempt_one_for_each_report",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("weight", 0),
                    models.Q(("outcome", "bounced"), models.Q(("report", ""), _negated=True)),
                    _connector="OR",
                ),
                name="attempt_only_what_came_back_counts",
            ),
        ),
        migrations.AddField(
            model_name="stoppedaddress",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="tried again by",
            ),
        ),
        migrations.AddField(
            model_name="stoppedaddress",
            name="reader",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="stoppedaddress",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("address",),
                name="stoppedaddress_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="stoppedaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(("address", django.db.models.functions.text.Lower("address"))),
                name="stoppedaddress_lowercase",
            ),
        ),
        migrations.AddConstraint(
            model_name="stoppedaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="stoppedaddress_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="stoppedaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_by", None), ("until__isnull", False), _connector="OR"),
                name="stoppedaddress_ended_by_somebody_only_when_ended",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stoppedaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."reader_id" IS DISTINCT FROM (NEW."reader_id") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."said" IS DISTINCT FROM (NEW."said"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="37faa3ea1b20d77401140ed6a3074b39b13313b7",
                    operation="UPDATE",
                    pgid="pgtrigger_immutable_21aaf",
                    table="mail_stoppedaddress",
                    when="BEFORE",
                ),
            ),
        ),
    ]
