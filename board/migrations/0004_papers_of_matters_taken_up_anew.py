"""Papers that stood on the table by way of `takes_up` stand there of their own.

In reverse they are taken off again: before, a paper could belong to one matter only.
"""

from django.db import migrations

FORWARDS = """
    WITH RECURSIVE chain AS (
        SELECT id AS matter_id, takes_up_id AS earlier_id
          FROM board_matter WHERE takes_up_id IS NOT NULL
        UNION ALL
        SELECT chain.matter_id, earlier.takes_up_id
          FROM chain JOIN board_matter AS earlier ON earlier.id = chain.earlier_id
         WHERE earlier.takes_up_id IS NOT NULL
    )
    INSERT INTO board_matterdocument (matter_id, document_id)
    SELECT chain.matter_id, paper.document_id
      FROM chain JOIN board_matterdocument AS paper ON paper.matter_id = chain.earlier_id
     ORDER BY paper.id
        ON CONFLICT DO NOTHING;
"""
BACKWARDS = """
    DELETE FROM board_matterdocument AS later
     USING board_matterdocument AS first
     WHERE first.document_id = later.document_id AND first.id < later.id;
"""


class Migration(migrations.Migration):
    dependencies = [("board", "0003_invitation_of_a_seat")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
