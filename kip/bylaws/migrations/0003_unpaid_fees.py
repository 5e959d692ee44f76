from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bylaws", "0002_leaving"),
    ]

    operations = [
        migrations.AddField(
            model_name="bylaws",
            name="unpaid_excludes_from_voting",
            field=models.BooleanField(
                default=False,
                verbose_name="a member whose fee is overdue has no vote at general meetings",
            ),
        ),
    ]
