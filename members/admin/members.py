"""Member companies: what is known of them, when they were members, and who stands for them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.accounts.models import User
from kip.admin_site import ReadOnly, found_or_404
from kip.audit.timeline import timeline_of
from kip.mail.confirm import confirm
from kip.ordering import Finnish
from kip.sheets import Sheet
from members import columns, search, services
from members.admin.filters import MEMBER_FILTERS
from members.forms.company import FactsForm
from members.models import COMPANY_FIELDS, Member, MembershipPeriod, Representative
from members.presentation.checking import own_check
from members.presentation.company import parts_of
from members.presentation.leaving import leaving_of

ACTS_SHOWN = 50


@admin.register(Member)
class MemberAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "The member companies will be here: those that the board admits, and those that a table"
        " brings in."
    )
    list_display = ["number", "name_shown", "business_id", "domicile", "since", "left"]
    list_display_links = ["name_shown"]
    list_filter = MEMBER_FILTERS
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["found_by"]
    ordering = ["number"]
    change_list_template = "admin/members/member/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return Member.objects.apart_from_doubles().with_membership(timezone.localdate())

    def get_urls(self) -> list[URLPattern]:
        correct = self.admin_site.admin_view(self.correct)
        return [
            path("<int:pk>/correct/", correct, name="members_member_correct"),
            *super().get_urls(),
        ]

    def sheet(self, request: HttpRequest, rows: QuerySet[Any]) -> Sheet:
        """With the columns that an import reads back."""
        title = str(self.opts.verbose_name_plural)
        return columns.as_sheet(rows, timezone.localdate(), title=title)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """Also by the people who stand or stood for them."""
        return search.companies(search_term, queryset, User.objects.all()).rows, False

    @admin.display(description=gettext_lazy("member since"), ordering="since")
    def since(self, member: Any) -> Any:
        return member.since

    @admin.display(description=gettext_lazy("name of the company"), ordering=Finnish("name"))
    def name_shown(self, member: Any) -> str:
        return str(member)

    @admin.display(description=gettext_lazy("left"), ordering="left")
    def left(self, member: Any) -> Any:
        return member.left

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one member on one page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        rows = Member.objects.with_membership(today).select_related("logo", "double_of")
        rows = rows.annotate(
            has_no_vote=Exists(services.without_vote(today).filter(pk=OuterRef("pk")))
        )
        member = found_or_404(rows.prefetch_related("sectors", "sites"), object_id)
        representatives = Representative.objects.filter(member=member).select_related("person")
        periods = list(MembershipPeriod.objects.filter(member=member).select_related("application"))
        former = [row for row in representatives if row.until is not None and row.until <= today]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(member),
            "member": member,
            "may_correct": allowed("members.handle_applications", request.user, at=timezone.now()),
            "parts": parts_of(member),
            "changes": member.proposed_changes.select_related("merge_into"),
            "periods": periods,
            "representatives": [row for row in representatives if row not in former],
            "former": former,
            "check": own_check(member, at=timezone.now()),
            "has_no_vote": member.has_no_vote,
            "leaving": leaving_of(member, periods, at=timezone.now()),
        }
        return render(request, "admin/members/member/change_form.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Decades of it may be on file: a page of its own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        member = found_or_404(Member.objects.all(), object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "module_name": self.opts.verbose_name_plural,
            "title": _("History of %(company)s") % {"company": member},
            "object": member,
            "page_obj": Paginator(timeline_of(member, *member.periods.all()), ACTS_SHOWN).get_page(
                request.GET.get("page")
            ),
        }
        return render(request, "admin/members/member/history.html", context)

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct what the association knows of a member company."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        member = found_or_404(Member.objects.all(), pk)
        back = reverse("admin:members_member_change", args=[pk])
        form = FactsForm(request.POST or None, initial=member.facts())
        return confirm(
            request,
            title=_("Correct the facts"),
            lead=str(member),
            act_text=_("Keep the correction"),
            form=form,
            sample=member.facts(),
            consequences=[
                _("For what was never so. What has changed on a day is a change in the register."),
                _("The association’s pages show the corrected facts from now on."),
                _("The history says what was corrected, and by whom."),
            ],
            act=lambda typed: services.correct_member(
                member_id=pk,
                facts={name: typed[name] for name in COMPANY_FIELDS},
                read=form.read,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("The facts have been corrected."),
            back=back,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "trail": [
                    (self.opts.verbose_name_plural, reverse("admin:members_member_changelist")),
                    (str(member), back),
                ],
            },
        )
