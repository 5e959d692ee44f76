from datetime import datetime


def load(*, password: str, at: datetime) -> None: ...
