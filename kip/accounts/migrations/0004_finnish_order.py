from django.db import migrations, models

from kip.ordering import by_person


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_finnish_order"), ("accounts", "0003_found_by")]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(*by_person(), "id", name="user_finnish_order"),
        )
    ]
