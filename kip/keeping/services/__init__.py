"""What the association puts in safety, and how it comes back."""

from kip.keeping.services.backing_up import make_backup, remove_old, verify_backup
from kip.keeping.services.bundling import (
    Paper,
    Part,
    Table,
    bundle_parts,
    table_of,
    tables_of,
    withheld_rows,
    write_bundle,
)
from kip.keeping.services.handing_over import (
    ask_for_handover,
    forget_bundles,
    remove_handover,
    sweep_handovers,
    take_handover,
    work_on_handover,
)
from kip.keeping.services.restoring import Restored, restore_backup

__all__ = [
    "Paper",
    "Part",
    "Restored",
    "Table",
    "ask_for_handover",
    "bundle_parts",
    "forget_bundles",
    "make_backup",
    "remove_handover",
    "remove_old",
    "restore_backup",
    "sweep_handovers",
    "table_of",
    "tables_of",
    "take_handover",
    "verify_backup",
    "withheld_rows",
    "work_on_handover",
    "write_bundle",
]
