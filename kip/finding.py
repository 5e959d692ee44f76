"""Finding rows by what people type: accents and capitals do not matter, slips are forgiven.

A model that can be found keeps a column `found_by`, made by the database of what it is known by
(`column("given_name", "family_name")`), with an index for it. Both rest on
`kip_fold(text)`, a function of the database: `kip/accounts/migrations/0002_found_by.py`.
"""

from typing import Any, TypeVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.lookups import TrigramWordSimilar
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection
from django.db.models import F, Func, GeneratedField, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

Row = TypeVar("Row", bound=Model)

# Of the sounds (three letters each) of what was typed, so many stand together in what it resembles.
LIKE_ENOUGH = 0.5
# More than this are not like it, they are what there is.
MOST_ALIKE = 20
# Who types more than a few words has pasted something; each word costs a look into the index.
MOST_WORDS = 6


class Fold(Func):
    """A text without accents and capitals: "Öja" is "oja"."""

    function = "kip_fold"
    arity = 1
    output_field = TextField()


class _Texts(Func):
    """Texts one after the other, each between blanks."""

    template = "(' ' || %(expressions)s || ' ')"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def column(*texts: Any) -> GeneratedField:
    """The column by which a row is found, of fields or expressions for text."""
    said = [Coalesce(text, Value(""), output_field=TextField()) for text in texts]
    return GeneratedField(
        expression=Fold(_Texts(*said)), output_field=TextField(), db_persist=True
    )


def index(name: str) -> GinIndex:
    """The index that finds parts of words, and what resembles them."""
    return GinIndex(fields=["found_by"], opclasses=["gin_trgm_ops"], name=name)


def words_of(text: str) -> list[str]:
    return text.replace("\0", "").split()[:MOST_WORDS]


def stands_in(word: str, column: str = "found_by") -> Q:
    """Rows in which the word stands; one of a letter or two must begin a word."""
    begins = " " if len(word) < 3 else ""
    return Q(**{f"{column}__contains": Fold(Value(begins + word))})


def resembling(rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Those with something in them that is nearly what was typed, with `likeness` (0 to 1)."""
    with connection.cursor() as cursor:  # the index asks the session how much is enough
        cursor.execute("SET pg_trgm.word_similarity_threshold = %s", [LIKE_ENOUGH])
    typed = Fold(Value(text))
    return rows.filter(TrigramWordSimilar(F("found_by"), typed)).annotate(
        likeness=TrigramWordSimilarity(typed, F("found_by"))
    )
