"""What the README says of the house is so: the paths that it names exist."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Made by running it.
MADE = {".local/", "servers/"}
# Every Django project has these; the README says "settings, addresses".
DJANGOS = {
    "__init__",
    "admin_site",
    "celery",
    "context_processors",
    "settings",
    "urls",
    "views",
    "wsgi",
}
_PATH = re.compile(
    r"`(?!/|DATA_DIR)(?P<path>[\w./*<>-]+/[\w./*<>-]*|[\w-]+\.(?:py|html|txt|typ))(?:: \w+)?`"
)


def named(line: str) -> list[str]:
    return [match["path"] for match in _PATH.finditer(line) if match["path"] not in MADE]


def exists(path: str, folders: list[Path]) -> bool:
    """From the root, or beside another path of the same line."""
    wanted = re.sub(r"<\w+>", "*", path).rstrip("/")
    if next(ROOT.glob(wanted), None):
        return True
    if "/" in path.rstrip("/"):
        return False
    places = folders or [ROOT / app for app in ("kip", "members", "board", "templates", "tests")]
    return any(next(place.rglob(wanted), None) for place in places)


def test_every_path_exists() -> None:
    paths, missing = 0, []
    for line in (ROOT / "README.md").read_text().splitlines():
        found = named(line)
        paths += len(found)
        whole = [ROOT / path for path in found if "/" in path.rstrip("/") or path[-1] == "/"]
        folders = [path if path.is_dir() else path.parent for path in whole if path.exists()]
        missing += [path for path in found if not exists(path, folders)]
    assert not missing
    assert paths > 100


def test_the_map_names_every_small_module_of_the_floor() -> None:
    (row,) = re.findall(r"^\| `kip/` \|(.*)$", (ROOT / "README.md").read_text(), re.M)
    modules = {path.stem for path in (ROOT / "kip").glob("*.py")}
    assert set(re.findall(r"`(\w+)`", row)) == modules - DJANGOS
