from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0001_documents"),
        ("mail", "0005_letters_that_came_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="posted_on",
            field=models.DateField(blank=True, null=True, verbose_name="posted on"),
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
                    ("posted", "Posted"),
                    ("returned", "Returned to the sender"),
                ],
                max_length=12,
                verbose_name="outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("channel", "letter")),
                fields=["status", "created_at", "id"],
                name="outboxmail_on_paper",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("by__isnull", False), ("outcome", "posted"), ("posted_on__isnull", False)
                    ),
                    models.Q(
                        models.Q(("outcome", "posted"), _negated=True), ("posted_on__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="attempt_posted_by_somebody_on_a_day",
            ),
        ),
    ]
