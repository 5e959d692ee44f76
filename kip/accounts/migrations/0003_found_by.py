"""People are found by name and address, whatever the accents, and in spite of a slip or two.

`kip_fold(text)` takes accents and capitals from a text (`kip/finding.py`). It may call itself
immutable, so that a column and an index can be made by it, because the dictionary it names comes
with the server and is never edited here.
"""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

from kip import finding

FOLD = """
CREATE FUNCTION kip_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, $1));
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_what_an_invitation_is_about")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION kip_fold(text);"),
        migrations.AddField(
            "user", "found_by", finding.column("given_name", "family_name", "email")
        ),
        migrations.AddIndex("user", finding.index("user_found_by")),
    ]
