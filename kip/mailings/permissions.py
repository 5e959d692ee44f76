"""Who writes to many: the secretary."""

import rules

from kip.accounts.permissions import is_secretary

rules.add_perm("mailings.write", is_secretary)
