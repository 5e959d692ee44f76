"""Names in the order in which a Finn looks them up, by the database, whatever its locale."""

import random

import pytest
from django.db import connection

from kip.ordering import Finnish
from members.models import Member
from tests.members.factories import a_member, business_id

pytestmark = pytest.mark.django_db

IN_ORDER = [
    "10 Oy",
    "3M Oy",
    "Aalto",
    "AALTO Oy",
    "“Aapo” Oy",
    "Ahlstrom A",
    "Ahlström",
    "Éclair",
    "eclair B",
    "K-Market",
    "K Market B",
    "Łódź",
    "Œuvre",
    "O’Neil",
    "Oneil B",
    "R&D Oy",
    "Straße",
    "Strasse B",
    "vallox",
    "Valmet",
    "Vesi",
    "Wärtsilä",
    "Xylem",
    "Yara",
    "Ülo",
    "Zeta",
    "Żubr",
    "Åbo Ab",
    "åland",
    "Æblex",
    "Ärrä",
    "Öljy Oy",
    "ØRESUND",
]


def test_the_order() -> None:
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))
    for number, name in enumerate(shuffled, start=1):
        a_member(number=number, name=name, business_id=business_id(number))
    found = Member.objects.order_by(Finnish("name"), "pk").values_list("name", flat=True)
    assert list(found) == IN_ORDER


def test_no_locale_changes_it() -> None:
    names = [*IN_ORDER, "İstanbul", "ILLI", "ÅÄÖ", "{brace}"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(collname) FROM pg_collation WHERE collname = ANY(%s)",
            [["C", "POSIX", "ucs_basic", "pg_c_utf8", "en-x-icu", "tr-x-icu"]],
        )
        for (collation,) in cursor.fetchall():
            cursor.execute(
                f"SELECT kip_finnish(name COLLATE {collation}), kip_finnish(name)"
                " FROM unnest(%s) AS name",
                [names],
            )
            for there, here in cursor.fetchall():
                assert there == here


def test_the_list_is_read_from_the_index() -> None:
    for number in range(1, 200):
        a_member(number=number, name=f"Company {number}", business_id=business_id(number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_member")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Member.objects.order_by(Finnish("name"), "pk")[:5].explain()
    assert "member_finnish_order" in plan and "Sort" not in plan
