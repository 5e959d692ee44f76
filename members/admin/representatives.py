"""Who stands for the members, as a list to be filtered, taken along and written to."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.admin_site import ReadOnly, found_or_404
from members.models import Member, Representative


class Held(SimpleListFilter):
    """Roles held today, unless others are asked for."""

    title = gettext_lazy("held")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("ended", _("ended")), ("ahead", _("not yet"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "ended":
            return rows.filter(until__lte=today)
        if self.value() == "ahead":
            return rows.filter(since__gt=today)
        return rows.in_force(today)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": _("today")}, *others]


@admin.register(Representative)
class RepresentativeAdmin(ReadOnly):
    nothing_yet = gettext_lazy("Who stands for a member company will be here, each with the role.")
    list_display = ["who", "role", "company", "since", "until"]
    list_filter = [Held, "role", "member__sectors", "member__sites"]
    list_select_related = ["member", "person"]
    search_fields = ["person__found_by", "member__found_by", "address"]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["member__number", "role", "pk"]
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=gettext_lazy("company"), ordering="member__number")
    def company(self, row: Representative) -> Member:
        return row.member

    @admin.display(description=gettext_lazy("person"))
    def who(self, row: Representative) -> str:
        return str(row.person or row.address)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The company's own page says the rest."""
        row = found_or_404(Representative.objects.all(), object_id)
        return redirect("admin:members_member_change", row.member_id)
