from typing import Any

import pytest


@pytest.fixture
def person(db: None) -> Any:
    from tests.kip.accounts.people import make

    return make()


@pytest.fixture
def secretary(db: None) -> Any:
    from tests.kip.accounts.people import make_secretary

    return make_secretary()
