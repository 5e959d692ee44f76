from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkingGroupsConfig(AppConfig):
    """The six groups of the member companies' experts; they stand on `kip.meetings`, which is next."""

    name = "workinggroups"
    verbose_name = _("Working groups")
