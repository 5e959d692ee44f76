"""`kip_finnish(text)`: by what Finnish names are ordered (see `kip/ordering.py`).

Immutable, so that an index can hold it, and therefore made of what no locale changes: a name is
taken apart into letters and accents, of which `lower()` in the locale "C" has to know A to Z only.
"""

from django.db import migrations

# Accents that make another letter of the one before; { | } follow z.
LETTERS_WITH_ACCENTS = {
    "a\u030a": "{",  # å
    "a\u0308": "|",  # ä
    "o\u0308": "}",  # ö
    "o\u030b": "}",  # ő
    "u\u0308": "y",  # ü
    "u\u030b": "y",  # ű
}

# Letters that cannot be taken apart.
FROM = "æÆøØđĐðÐłŁŋŊŧŦıŒÞẞ"
TO = "||}}ddddllnnttiœþß"

# { | } are cleared before anything becomes one of them.
FUNCTION = r"""
CREATE OR REPLACE FUNCTION kip_finnish(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(replace(replace(replace(translate(%s, '%s', '%s'),
        'ß', 'ss'), 'œ', 'oe'), 'þ', 'th'), '[\u0300-\u036F]+', '', 'g'))
$$;
"""
KEY = r"""
    lower(normalize(
        regexp_replace(
            regexp_replace(name, '["''`´‘’‚“”„«»]+', '', 'g'),
            '[!-/:-@[-^_{-~–—·®©\s]+', ' ', 'g'),
        NFKD) COLLATE "C")
"""
for accented, letter in LETTERS_WITH_ACCENTS.items():
    KEY = f"replace({KEY}, '{accented}', '{letter}')"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_redactions")]

    operations = [migrations.RunSQL(FUNCTION % (KEY, FROM, TO), "DROP FUNCTION kip_finnish(text);")]
