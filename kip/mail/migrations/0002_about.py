import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0001_outbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="outboxmail",
            name="immutable",
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="about",
            field=models.CharField(blank=True, editable=False, max_length=40, verbose_name="about"),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("about", ""), _negated=True),
                fields=["about", "-created_at", "-id"],
                name="outboxmail_about",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="outboxmail",
            trigger=pgtrigger.compiler.Trigger(
                name="immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."reader_id" IS DISTINCT FROM (NEW."reader_id") OR OLD."to_address" IS DISTINCT FROM (NEW."to_address") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."subject" IS DISTINCT FROM (NEW."subject") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."html" IS DISTINCT FROM (NEW."html") OR OLD."why" IS DISTINCT FROM (NEW."why") OR OLD."link" IS DISTINCT FROM (NEW."link") OR OLD."about" IS DISTINCT FROM (NEW."about") OR OLD."message_id" IS DISTINCT FROM (NEW."message_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="a7f221dfd1caf1a6db5e390b783696c7560bb7da",
                    operation="UPDATE",
                    pgid="pgtrigger_immutable_18aa2",
                    table="mail_outboxmail",
                    when="BEFORE",
                ),
            ),
        ),
    ]
