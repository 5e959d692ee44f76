import rules

from kip.accounts.permissions import is_secretary

# Everybody else is asked of the apps that know what a document belongs to (`services.may_read`).
rules.add_perm("documents.read_any", is_secretary)
rules.add_perm("documents.keep_archive", is_secretary)
