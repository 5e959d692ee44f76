from django.db import migrations, models

from kip.ordering import Finnish


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_finnish_order"), ("members", "0005_doubt")]

    operations = [
        migrations.AddIndex(
            model_name="member",
            index=models.Index(Finnish("name"), "id", name="member_finnish_order"),
        )
    ]
