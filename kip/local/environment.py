"""The environment variables that kip/settings.py reads, for a copy on this machine."""

import os

from kip.local.folder import Folder


def given(name: str) -> str:
    """A variable that the person who starts the program has set; empty means not set."""
    return os.environ.get(name, "").strip()


def environment(
    folder: Folder, *, database_url: str, redis_url: str, port: int, debug: bool = False
) -> dict[str, str]:
    """What web, worker, beat and management commands get.

    What the person has set wins, with one exception: demo sign-ins are allowed in the private
    database and nowhere else, whatever anybody has set.
    """
    defaults = {
        "SECRET_KEY": folder.secrets["SECRET_KEY"],
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATA_DIR": str(folder.path),
    }
    if not given("BACKUP_RECIPIENTS"):
        identity, public = folder.backup_keys
        defaults |= {"BACKUP_IDENTITY": str(identity), "BACKUP_RECIPIENTS": public}
    is_private = not given("DATABASE_URL")
    return (
        {name: value for name, value in os.environ.items() if name != "DEMO_PASSWORD"}
        | {name: value for name, value in defaults.items() if not given(name)}
        | {
            "DJANGO_SETTINGS_MODULE": "kip.settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DEBUG": "true" if debug else "false",
            "DEMO_ALLOWED": "true" if is_private else "false",
            # Lines reach the supervisor when they are written.
            "PYTHONUNBUFFERED": "1",
        }
        | ({"DEMO_PASSWORD": folder.secrets["DEMO_PASSWORD"]} if is_private else {})
    )
