"""The text that a PDF itself holds, e.g. under the picture of a scan: bytes in, text out.

pypdf reads it, in a process of its own with a limit on its time and memory, which sees neither
secrets nor the database: what a broken or hostile file does to it harms nobody else.
"""

import json
import subprocess
import sys

SECONDS = 20
MEMORY = 768 * 1024 * 1024
MOST_PAGES = 500
LONGEST = 200_000

READER = """
import json, resource, sys
limits = json.loads(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
import io, logging
logging.disable()
from pypdf import PdfReader
pages, length = [], 0
for page in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages[: limits["pages"]]:
    text = page.extract_text()
    pages.append(text)
    length += len(text)
    if length > limits["longest"]:
        break
text = "\\n".join(pages)[: limits["longest"]]
sys.stdout.buffer.write(text.encode("utf-8", "ignore"))
"""


class Unreadable(Exception):
    """The text of this PDF cannot be read: it is broken, locked, or too much work."""


def text_of(content: bytes) -> str:
    """The text of the first `MOST_PAGES`, at most `LONGEST` characters; empty if there is none.

    Raises `Unreadable`.
    """
    limits = {"seconds": SECONDS, "memory": MEMORY, "pages": MOST_PAGES, "longest": LONGEST}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", READER, json.dumps(limits)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:  # by then it has been stopped
        raise Unreadable from error
    if done.returncode != 0:
        raise Unreadable
    return " ".join(done.stdout.decode(errors="ignore").replace("\0", " ").split())
