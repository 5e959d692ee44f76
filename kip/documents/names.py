"""The name under which a document is kept and handed out again. Pure."""

import re
import unicodedata

from kip.documents.content import Kind

LONGEST = 120  # characters, ending included


def safe_name(name: str, kind: Kind) -> str:
    """The name as uploaded, without folders or characters that nobody can see.

    A name whose ending does not say what the content is gets the right ending behind the wrong
    one ("plan.exe" that is a PDF becomes "plan.exe.pdf"): nothing of the name is lost, and nobody
    opens it as what it is not.
    """
    name = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    # Categories C*: control, formatting (right-to-left marks hide an ending), unassigned.
    name = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in name)
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r" +", " ", name)).strip().rstrip(" .")
    ending = next((end for end in kind.endings if name.lower().endswith(end)), "")
    stem = name[: len(name) - len(ending)].strip(" .") if ending else name
    ending = name[len(name) - len(ending) :] if ending else kind.endings[0]
    return (stem[: LONGEST - len(ending)].strip(" .") or "document") + ending
