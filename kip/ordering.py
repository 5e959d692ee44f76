"""Names in the order in which a Finn looks them up, the same on every server.

The database's own order depends on how its cluster was made; `kip_finnish(text)` (a function of the
database, `kip/audit/migrations/0003_finnish_order.py`) makes a key whose bytes sort right anywhere:
digits come first; case, accents and punctuation are nothing; w follows v, ü is a y; å, ä, ö are the
last letters, and æ, ø stand with ä, ö.

    Member.objects.order_by(Finnish("name"), "pk")
"""

from typing import Any

from django.db.models import Func, TextField


class Finnish(Func):
    """The key of a name, to order by and to make an index of."""

    function = "kip_finnish"
    template = '(%(function)s(%(expressions)s) COLLATE "C")'
    arity = 1
    output_field = TextField()


def by_person(path: str = "") -> list[Any]:
    """The order of people: by family name, then given name; `path` leads to the person."""
    return [Finnish(f"{path}family_name"), Finnish(f"{path}given_name")]
