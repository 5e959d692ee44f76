import rules

from kip.accounts.permissions import is_secretary

# Everything that the association has, in one file: to nobody else, a superuser included.
rules.add_perm("keeping.hand_over", is_secretary)
rules.add_perm("keeping.see_backups", is_secretary)
