"""Finding rows by what people type: accents and capitals do not matter, slips are forgiven.

A model that can be found keeps a column `found_by`, made by the database of what it is known by
(`column("given_name", "family_name")`), with an index for it. Both rest on
`kip_fold(text)`, a function of the database: `kip/accounts/migrations/0003_found_by.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.lookups import TrigramStrictWordSimilar
from django.contrib.postgres.search import TrigramStrictWordSimilarity
from django.db import connection, transaction
from django.db.models import (
    Case,
    F,
    Func,
    GeneratedField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

# Who types more than a few words has pasted something; each word costs a look into the index.
MOST_WORDS = 5
LONGEST_WORD = 40
# How much of a word must stand in one that resembles it, counted in threes of letters.
LIKE_ENOUGH = 0.4
# Of more that resemble it only so many are weighed: half the world is called that.
MOST_WEIGHED = 2000
# What is much less like it than the best is not meant, and of the rest so many are enough.
MUCH_LESS = 0.7
MOST_ALIKE = 20
# So many are named one by one to the queries that follow, which then need not look for them again.
FEW = 500


class Fold(Func):
    """A text without accents and capitals: "Öja" is "oja"."""

    function = "kip_fold"
    arity = 1
    output_field = TextField()


class _OneAfterTheOther(Func):
    """Texts, each between blanks."""

    template = "(' ' || %(expressions)s || ' ')"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def said(*texts: Any) -> Fold:
    """What a row is found by, of fields or expressions for text."""
    whole = [Coalesce(text, Value(""), output_field=TextField()) for text in texts]
    return Fold(_OneAfterTheOther(*whole))


def column(*texts: Any) -> GeneratedField:
    """The column that keeps what a row is found by, made by the database."""
    return GeneratedField(expression=said(*texts), output_field=TextField(), db_persist=True)


def index(name: str) -> GinIndex:
    """The index that finds parts of words, and what resembles them.

    New rows go into it at once: a list of those to be put in later is read through by each search.
    """
    return GinIndex(fields=["found_by"], opclasses=["gin_trgm_ops"], fastupdate=False, name=name)


# --- What was typed -------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in text.replace("\0", "").split()[:MOST_WORDS]]


def letters_of(text: str) -> list[str]:
    """The words without any signs; of an address only the name, for many share the rest."""
    return words_of(re.sub(r"@\S*|[^\w\s]", " ", text))


def begins(text: str) -> Q:
    """Rows that begin with what was typed: who types the beginning of a name means that one."""
    return Q(found_by__startswith=Fold(Value(" " + " ".join(words_of(text)))))


def exactly(word: str) -> list[Q]:
    """Rows in which the word stands; one of a letter or two must begin a word."""
    return [Q(found_by__contains=Fold(Value(f" {word}" if len(word) < 3 else word)))]


@contextmanager
def by_likeness() -> Iterator[None]:
    """Within it, `nearly` knows how much is like enough, and the index is asked.

    The planner takes a likeness to be as cheap as an equals sign, and would rather read a thousand
    rows through, which takes ten times as long.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL pg_trgm.strict_word_similarity_threshold = %s;"
            " SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off",  # bitmaps are left
            [LIKE_ENOUGH],
        )
        yield


def nearly(word: str) -> list[Q]:
    """Rows in which something like the word stands; to be read within `by_likeness`.

    Each condition has the index to itself.
    """
    if len(word) < 4:
        return exactly(word)
    # Two letters that changed places spoil most threes of a short word.
    places = range(len(word) - 1)
    slips = {f"{word[:n]}{word[n + 1]}{word[n]}{word[n + 2 :]}" for n in places} | {word}
    return [
        Q(TrigramStrictWordSimilar(F("found_by"), Fold(Value(word)))),
        Q(found_by__regex=Fold(Value("|".join(sorted(slips))))),
    ]


# --- Who it is ------------------------------------------------------------------------------------


class Found(NamedTuple):
    """What was looked for; or, when nothing is called that, what resembles it, best first.

    `number` is how many they are, while they are few.
    """

    rows: QuerySet[Any]
    is_exact: bool
    number: int | None = None


def find(rows: QuerySet[Any], text: str) -> Found:
    """The rows in which every word stands, in their own order."""
    found = rows
    for word in words_of(text):
        found = found.filter(*exactly(word))
    if exact := exactly_these(rows, found, lambda: found):
        return exact
    known = rows.model._default_manager.all()
    like_it = rows if letters_of(text) else rows.none()
    for word in letters_of(text):
        like_it = like_it.filter(pk__in=any_of(known, nearly(word)))
    with by_likeness():
        like = list(weighed(known.filter(pk__in=like_it.order_by().values("pk")), text))
    return resembling(rows, like)


def exactly_these(
    rows: QuerySet[Any], found: QuerySet[Any], many: Callable[[], QuerySet[Any]]
) -> Found | None:
    """Those of the rows found, `many()` if they are; None when nothing was."""
    if found is rows:  # nothing was looked for
        return Found(rows, is_exact=True)
    keys = list(found.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(keys) > FEW:
        return Found(many(), is_exact=True)
    return Found(rows.filter(pk__in=keys), is_exact=True, number=len(keys)) if keys else None


def resembling(rows: QuerySet[Any], *like_it: Iterable[tuple[Any, float]]) -> Found:
    """Those of the rows most like it, of (key, likeness)."""
    best: dict[Any, float] = {}
    for key, likeness in chain(*like_it):
        best[key] = max(likeness, best.get(key, 0))
    enough = MUCH_LESS * max(best.values(), default=0)
    keys = [key for key, likeness in best.items() if likeness >= enough]
    keys = sorted(keys, key=best.__getitem__, reverse=True)[:MOST_ALIKE]
    if not keys:
        return Found(rows.none(), is_exact=False, number=0)
    place = Case(*(When(pk=key, then=n) for n, key in enumerate(keys)), default=len(keys))
    return Found(rows.filter(pk__in=keys).order_by(place), is_exact=False, number=len(keys))


def any_of(rows: QuerySet[Any], conditions: list[Q], key: str = "pk") -> QuerySet[Any]:
    """The keys of the rows for which one of the conditions is true."""
    one, *others = (rows.filter(condition).order_by().values(key) for condition in conditions)
    if not others:
        return one
    return one[:MOST_WEIGHED].union(*(other[:MOST_WEIGHED] for other in others))


def weighed(rows: QuerySet[Any], text: str, key: str = "pk") -> QuerySet[Any]:
    """(key, likeness): how much of what was typed stands in one place, from 0 to 1."""
    typed = Fold(Value(" ".join(letters_of(text))))
    likeness = TrigramStrictWordSimilarity(typed, F("found_by"))  # type: ignore[arg-type]
    return rows.order_by().annotate(likeness=likeness).values_list(key, "likeness")
