from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("board", "0005_expulsions_and_whose_seat"),
    ]

    operations = [
        migrations.AddField(
            model_name="seat",
            name="planned_until",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="was to end"
            ),
        ),
    ]
