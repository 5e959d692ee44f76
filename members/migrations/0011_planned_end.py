from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0010_entered_twice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="representative",
            name="planned_until",
            field=models.DateField(blank=True, null=True, verbose_name="was to end"),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("planned_until__isnull", True),
                    models.Q(("planned_until__gt", models.F("until")), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="representative_planned_end_is_later",
            ),
        ),
    ]
