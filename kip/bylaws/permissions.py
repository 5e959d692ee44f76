import rules

from kip.accounts.permissions import is_secretary

rules.add_perm("bylaws.adopt", is_secretary)
