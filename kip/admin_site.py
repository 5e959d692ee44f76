"""The admin: the secretary's workplace, whose front page is the desk."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib.admin import display
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters, ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kip.desk import Waiting, assurances, desk
from kip.exceptions import DomainError, add_to_form
from kip.hooks import Hook
from kip.sheets import FORMATS, Sheet, download


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
        context = {"groups": groups, "in_order": assurances(at=at), "at": at}
        return super().index(request, {**context, **(extra_context or {})})


Row = TypeVar("Row", bound=Model)

# Of a parameter in the address of a list, but for what is searched for.
LONGEST_VALUE = 200


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


class Listed(ModelAdmin):
    """A list that takes anything in its address: what no filter can mean is no error."""

    # What an empty list says will be here, as a sentence; see templates/admin/change_list.html.
    nothing_yet: Any = ""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises `IncorrectLookupParameters` for what no column can be compared with: PostgreSQL
        keeps no NUL, and nothing of such a length is a number or a status.
        """
        for name, values in request.GET.lists():
            longest = None if name == SEARCH_VAR else LONGEST_VALUE
            if any("\0" in text or len(text) > (longest or len(text)) for text in [name, *values]):
                raise IncorrectLookupParameters
        return super().get_changelist_instance(request)


# receiver(model=type[Model], request=HttpRequest) -> list[(text, address)]: what can be done with
# all rows of a list, as it is filtered. The page at the address gets the list's own parameters, and
# as `rows` the ids of those that were ticked, where somebody ticked some.
list_acts: Hook[list[tuple[str, str]]] = Hook("Acts on the rows of a list of the admin.")

TICKED = "rows"


class Downloadable(Listed):
    """A list that can be taken along as it is filtered and ordered, complete: as XLSX or CSV.

    And acted upon, where another app has an act for its rows (`list_acts`).
    """

    # Columns of the file, named as in `list_display`, which they are unless it says otherwise.
    download_fields: Sequence[str] = ()

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_download"
        return [
            path("download/<slug:kind>/", self.admin_site.admin_view(self.download), name=name),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_download"
        asked = request.GET.copy()
        asked.pop("p", None)
        query = f"?{asked.urlencode()}" if asked else ""
        downloads = [(kind.upper(), reverse(name, args=[kind]) + query) for kind in FORMATS]
        acts = [(text, url + query) for text, url in self._list_acts(request)]
        return super().changelist_view(
            request, {"downloads": downloads, "list_acts": acts, **(extra_context or {})}
        )

    def _list_acts(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [act for acts in list_acts(model=self.model, request=request) for act in acts]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The same acts for the rows that are ticked."""
        actions = super().get_actions(request)
        if IS_POPUP_VAR in request.GET:
            return actions
        for number, (text, url) in enumerate(self._list_acts(request)):
            name = f"list_act_{number}"
            actions[name] = (_act_on_ticked(url), name, text)
        return actions

    def rows_behind(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the list at `request`'s parameters shows, on all its pages; of those only
        the ticked ones, where it names some. Raises `PermissionDenied`, `Http404`.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET
        request.GET = asked.copy()  # type: ignore[assignment]
        ticked = request.GET.pop(TICKED, [])
        request.GET.pop("p", None)
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
            return rows.filter(pk__in=ticked[-1].split(",")) if ticked else rows
        except (IncorrectLookupParameters, ValueError) as error:
            raise Http404 from error
        finally:
            request.GET = asked

    def download(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Every row of the list that the same address without this shows, on all its pages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in FORMATS:
            raise Http404
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        name = f"{self.opts.model_name}-{timezone.localdate().isoformat()}"
        return download(self.sheet(request, rows), kind, name=name)

    def sheet(self, request: HttpRequest, rows: QuerySet[Any]) -> Sheet:
        """The rows of the list as a table."""
        names = self.download_fields or [
            name for name in self.get_list_display(request) if name != "action_checkbox"
        ]
        return Sheet(
            title=str(self.opts.verbose_name_plural),
            columns=[capfirst(str(label_for_field(name, self.model, self))) for name in names],
            rows=(
                [self._cell(name, row) for name in names] for row in rows.iterator(chunk_size=1000)
            ),
        )

    def _cell(self, name: str, row: Any) -> Any:
        field, _attribute, value = lookup_field(name, row, self)
        if field is not None and field.flatchoices:
            return dict(field.flatchoices).get(value, value)
        return value


def _act_on_ticked(url: str) -> Callable[..., HttpResponse]:
    def lead_there(
        model_admin: ModelAdmin, request: HttpRequest, ticked: QuerySet[Any]
    ) -> HttpResponse:
        asked = request.GET.copy()
        asked.pop("p", None)
        if request.POST.get("select_across") != "1":
            asked[TICKED] = ",".join(str(pk) for pk in ticked.values_list("pk", flat=True))
        return redirect(f"{url}?{asked.urlencode()}")

    return lead_there


class ReadOnly(Downloadable):
    """Shown, never edited: what is here is changed by acts of the association."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ByService(Downloadable):
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
