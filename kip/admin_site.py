"""The admin: the secretary's workplace, whose front page is the desk."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.admin import display
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip.desk import Waiting, desk
from kip.exceptions import DomainError, add_to_form


class KipAdminSite(AdminSite):
    site_title = _("KIP administration")
    site_header = _("Kokkola Industrial Park Association")
    index_title = _("The secretary’s desk")
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        at = timezone.now()
        groups: dict[str, list[Waiting]] = {}
        for item in desk(at=at):
            groups.setdefault(str(item.group), []).append(item)
        return super().index(request, {"groups": groups, "at": at, **(extra_context or {})})


Row = TypeVar("Row", bound=Model)


def found_or_404(rows: QuerySet[Row], object_id: Any) -> Row:
    """The row of that id; whatever is no id in the address is the id of nothing."""
    try:
        return rows.get(pk=object_id)
    except (rows.model.DoesNotExist, ValueError) as error:
        raise Http404 from error


def in_words(model: type[Model], name: str) -> Callable[[Model], str]:
    """A yes-or-no field as a word, for lists and pages: Django's icon says it in no language."""

    @display(description=model._meta.get_field(name).verbose_name, ordering=name)  # type: ignore[union-attr]
    def words(row: Model) -> str:
        return yes_or_no(getattr(row, name))

    words.__name__ = name
    return words


def yes_or_no(value: object) -> str:
    return gettext("yes") if value else gettext("no")


class ReadOnly(ModelAdmin):
    """Shown, never edited: what is here is changed by acts of the association."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ByService(ModelAdmin):
    """Edited in the admin's own form, and written by a service: `save_model` calls it.

    What the service refuses stands beside what was typed, like any mistake in the form.
    """

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class Refused(form):  # type: ignore[valid-type, misc]
            def _post_clean(self) -> None:
                super()._post_clean()
                add_to_form(self, refusal)

        return Refused


class KipAdminConfig(AdminConfig):
    default_site = "kip.admin_site.KipAdminSite"
