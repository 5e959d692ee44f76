from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0003_when_it_was_recorded")]
    operations = [
        migrations.AddConstraint(
            model_name="membershipperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_recorded_at__isnull", True), ("until__isnull", True)),
                    models.Q(("end_recorded_at__isnull", False), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="membershipperiod_end_iff_recorded",
            ),
        ),
        migrations.AddConstraint(
            model_name="membershipperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("until__isnull", True)),
                    models.Q(("until__isnull", False), models.Q(("end_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="membershipperiod_reason_iff_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="representative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_recorded_at__isnull", True), ("until__isnull", True)),
                    models.Q(("end_recorded_at__isnull", False), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="representative_end_iff_recorded",
            ),
        ),
    ]
