"""Rows from before they said when they were recorded, and since when the register says what it says."""

from django.db import migrations

FORWARDS = """
    UPDATE members_membershipperiod
       SET end_recorded_at = recorded_at, end_reason = 'other' WHERE until IS NOT NULL;
    UPDATE members_representative SET end_recorded_at = recorded_at WHERE until IS NOT NULL;
    UPDATE members_member SET registered_since = joined.since
      FROM (SELECT member_id, min(since) AS since FROM members_membershipperiod GROUP BY member_id)
        AS joined
     WHERE joined.member_id = members_member.id;
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0002_register")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
