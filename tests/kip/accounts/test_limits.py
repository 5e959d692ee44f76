"""Limits on sign-in hold across processes: PostgreSQL counts them, in one statement each."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.kip.accounts.people import PASSWORD, make, secret, signed_in, templates_of

LOGIN = "/accounts/login/"
CODE = "/accounts/login/code/"
TOO_MANY = "Too many"


@pytest.fixture
def another_process() -> Any:
    """The same cache as another process, or this one after a restart, sees it."""
    from kip.accounts.cache import DatabaseCache

    return DatabaseCache("kip_cache", {})


def at_once(call: Any, times: int, threads: int = 10) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("before", ["free", "expired"])
def test_of_twenty_who_add_the_same_key_one_gets_it(another_process: Any, before: str) -> None:
    if before == "expired":
        another_process.set("lock", 1, timeout=-1)
    assert at_once(lambda n: another_process.add("lock", n, 60), 20).count(True) == 1


@pytest.mark.django_db
def test_filling_the_cache_unlocks_nothing(another_process: Any) -> None:
    """Django's own backend throws away a third of all rows past 300."""
    another_process.set("a-limit", [1.0], 3600)
    for number in range(320):
        another_process.set(f"row-{number}", number, 3600)
    assert another_process.get("a-limit") == [1.0]


@pytest.mark.django_db
def test_the_cache_keeps_its_promises(another_process: Any) -> None:
    from django.core.cache import cache

    cache.set("a", {"b": [1]}, 60)
    assert another_process.get("a") == {"b": [1]}
    assert "a" in another_process
    assert not another_process.add("a", 2)
    assert another_process.touch("a", 120)
    assert another_process.incr("n", 1) if another_process.add("n", 1) else False
    another_process.set_many({"x": 1, "y": None}, timeout=60)
    assert cache.get_many(["x", "y", "z"]) == {"x": 1, "y": None}
    cache.set("a", 1, timeout=-1)
    assert another_process.get("a", "gone") == "gone"
    assert not another_process.touch("a", 120)
    assert another_process.add("a", 3)
    cache.delete("a")
    cache.clear()
    assert another_process.get_many(["a", "n", "x"]) == {}
    cache.set("forever", 1, timeout=None)
    assert another_process.get("forever") == 1


@pytest.mark.django_db(transaction=True)
def test_guessing_a_password_from_many_places_at_once() -> None:
    person = make()

    def guess(number: int) -> str:
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        data = {"login": person.email, "password": f"guess {number}"}
        return client.post(LOGIN, data).content.decode()

    pages = at_once(guess, 20)
    tried = [page for page in pages if TOO_MANY not in page]
    assert 1 <= len(tried) <= 5
    # Shut for the right password too, and for every process.
    client = Client(REMOTE_ADDR="198.51.100.1")
    client.post(LOGIN, {"login": person.email, "password": PASSWORD})
    assert not signed_in(client)
    # But the way by mail stays open to whoever owns the mailbox.
    client.post(CODE, {"email": person.email})
    client.post("/accounts/login/code/confirm/", {"code": secret(person.email, "code")})
    assert signed_in(client)


@pytest.mark.django_db
def test_a_mailbox_gets_three_codes_in_a_minute(person: Any) -> None:
    for number in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(CODE, {"email": person.email})
    assert templates_of(person.email) == ["login_code"] * 3


@pytest.mark.django_db
def test_however_often_a_code_is_sent_anew(client: Client, person: Any) -> None:
    client.post(CODE, {"email": person.email})
    for _ in range(5):
        client.post("/accounts/login/code/confirm/", {"action": "resend"})
    assert len(templates_of(person.email)) == 3


@pytest.mark.django_db(transaction=True)
def test_guessing_a_code_in_parallel_gets_no_more_guesses() -> None:
    """Three per code, counted in the session; parallel requests each read the session's count."""
    person = make()
    client = Client()
    client.post(CODE, {"email": person.email})
    cookie = client.cookies["sessionid"].value
    compared: list[str] = []

    from kip.accounts import forms

    original = forms.account.compare_user_code

    def counting(*, actual: str, expected: str) -> bool:
        compared.append(actual)
        return original(actual=actual, expected=expected)

    def guess(number: int) -> None:
        other = Client()
        other.cookies["sessionid"] = cookie
        other.post("/accounts/login/code/confirm/", {"code": f"0000-{number:04}"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms.account, "compare_user_code", counting)
        at_once(guess, 30)
    assert 1 <= len(compared) <= 10


@pytest.mark.django_db
def test_an_office_behind_one_address_is_not_shut_out() -> None:
    """Twenty people sign in in the same minute; the twenty-first request for a code waits."""
    people = [make(f"p{number}@kip.example") for number in range(20)]
    answers = [Client().post(CODE, {"email": person.email}) for person in people]
    assert {answer.status_code for answer in answers} == {302}


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [0, 1])
def test_whose_address_counts_behind_a_proxy(proxies: int, settings: Any) -> None:
    """Without a proxy of our own, X-Forwarded-For is what anybody may write."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "2/m/ip"}
    pages = [
        Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        .post(CODE, {"email": f"p{number}@kip.example"})
        .status_code
        for number in range(4)
    ]
    assert pages.count(302) == (4 if proxies else 2)


@pytest.mark.django_db
def test_past_a_limit_of_the_page_itself_the_answer_is_429_and_says_what_to_do(
    settings: Any, client: Client
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client.post(LOGIN, {"login": "a@kip.example", "password": "x"})
    response = client.post(LOGIN, {"login": "a@kip.example", "password": "x"})
    assert response.status_code == 429
    assert "Wait a few minutes" in response.content.decode()
