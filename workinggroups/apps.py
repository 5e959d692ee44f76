from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkingGroupsConfig(AppConfig):
    """The six groups of the member companies' experts. Their meetings come with `kip.meetings`."""

    name = "workinggroups"
    verbose_name = _("Working groups")
