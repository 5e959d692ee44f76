"""Companies are found by what they are called and were called, and by business ID."""

from django.db import migrations
from django.db.models import Value
from django.db.models.functions import Replace

from kip import finding

BARE_ID = Replace("business_id", Value("-"), Value(""))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_found_by"),
        ("members", "0006_finnish_order"),
    ]

    operations = [
        migrations.AddField(
            "member",
            "found_by",
            finding.column("name", "business_id", BARE_ID, "domicile", "location"),
        ),
        migrations.AddIndex("member", finding.index("member_found_by")),
        migrations.AddField(
            "formerfacts", "found_by", finding.column("name", "business_id", BARE_ID)
        ),
        migrations.AddIndex("formerfacts", finding.index("former_facts_found_by")),
    ]
