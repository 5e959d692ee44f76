"""The yearly check: begun, followed and closed by the secretary."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from kip.access import allowed
from kip.admin_site import ReadOnly, found_or_404
from kip.mail.confirm import confirm
from kip.ordering import Finnish
from members import services
from members.forms.checking import AnswerByForm
from members.models import Member, Representative, RepresentativeRole, YearlyCheck
from members.services.checking import WRITTEN_AT_ONCE

# How long the companies have to answer, unless the secretary says otherwise.
DAYS_TO_ANSWER = timedelta(days=28)
SHOWN = 50
# So many companies that no letter reaches are named beforehand; the check's own page has them all.
NAMED = 10


@admin.register(YearlyCheck)
class YearlyCheckAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Yearly checks will be here. In one, every member company is asked whether what the"
        " association knows of it is right."
    )
    list_display = ["__str__", "begun_at", "answer_by", "have_answered", "closed_at"]
    ordering = ["-begun_at"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and allowed(
            "members.keep_register", request.user, at=timezone.now()
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[YearlyCheck]:
        return YearlyCheck.objects.with_progress(timezone.localdate())

    @admin.display(description=gettext_lazy("progress"))
    def have_answered(self, check: Any) -> str:
        return check.progress

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("begin/", view(self.begin), name="members_yearlycheck_begin"),
            path("<int:pk>/more-time/", view(self.more_time), name="members_yearlycheck_more_time"),
            path("<int:pk>/close/", view(self.close), name="members_yearlycheck_close"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"may_begin": not YearlyCheck.objects.running().exists()}
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """How it stands: the bar, and the companies that have not answered, or have."""
        check = self._check(request, object_id)
        today = timezone.localdate()
        asked = check.asked.select_related("member", "answered_by")
        lists = {
            "waiting": asked.waited_for(today).order_by(Finnish("member__name"), "pk"),
            "paper": asked.waited_for(today)
            .filter(~Exists(services.within_reach(today).filter(member=OuterRef("member"))))
            .order_by(Finnish("member__name"), "pk"),
            "answered": asked.filter(answered_at__isnull=False).order_by("-answered_at"),
        }
        chosen = request.GET.get("list", "")
        chosen = chosen if chosen in lists else "waiting"
        page = Paginator(lists[chosen], SHOWN).get_page(request.GET.get("page"))
        _with_their_primaries(page.object_list)
        on_paper = page.paginator.count if chosen == "paper" else lists["paper"].count()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(check),
            "check": check,
            "chosen": chosen,
            "lists": [
                ("waiting", _("Not answered"), check.waited_for),
                ("paper", _("To be asked on paper"), on_paper),
                ("answered", pgettext("companies", "Answered"), check.answered),
            ],
            "page_obj": page,
        }
        return render(request, "admin/members/yearlycheck/change_form.html", context)

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Ask every member company."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        members = Member.objects.in_force(today).order_by(Finnish("name"), "pk")
        reached = services.within_reach(today).filter(member__in=members).values("member")
        number = members.count()
        is_large = reached.count() > WRITTEN_AT_ONCE
        beyond = members.exclude(pk__in=reached)
        by_name, unreached = list(beyond[:NAMED]), beyond.count()
        begins = {"answer_by": today + DAYS_TO_ANSWER}
        return self._confirm(
            request,
            title=_("Begin a yearly check"),
            act_text=_("Begin the yearly check"),
            form=AnswerByForm(request.POST or None, initial=begins),
            sample=begins,
            consequences=[
                ngettext(
                    "%(number)d member company is asked whether what the association knows of it is"
                    " right.",
                    "%(number)d member companies are asked whether what the association knows of"
                    " them is right.",
                    number,
                )
                % {"number": number},
                *(
                    [_("So many letters are written one after the other, within some minutes.")]
                    if is_large
                    else []
                ),
                _("They are reminded a week before the day, and when it has passed."),
                *(
                    _("There has been one this year, begun on %(day)s: all are asked again.")
                    % {"day": formats.date_format(timezone.localtime(check.begun_at))}
                    for check in YearlyCheck.objects.filter(begun_at__year=today.year)
                ),
                *_on_paper(by_name, unreached),
            ],
            act=services.begin_check,
            done=gettext_lazy("The yearly check has begun."),
            back=reverse("admin:members_yearlycheck_changelist"),
            onward=self._url,
            more={"letters": None} if is_large else {},
        )

    def more_time(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another day to answer by."""
        check = self._check(request, pk)
        later = max(check.answer_by, timezone.localdate()) + timedelta(days=14)
        return self._of_one(
            request,
            check,
            title=_("Give more time"),
            act_text=_("Give more time"),
            form=AnswerByForm(request.POST or None, initial={"answer_by": later}),
            sample={"answer_by": later},
            consequences=[
                _("Who has not answered is reminded anew: a week before, and when it has passed.")
            ],
            act=services.give_more_time,
            done=gettext_lazy("The companies have more time now."),
        )

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Wait for nobody any more."""
        check = self._check(request, pk)
        missing = check.waited_for
        return self._of_one(
            request,
            check,
            title=_("Close the yearly check"),
            act_text=_("Close the yearly check"),
            consequences=[
                ngettext(
                    "%(number)d company has not answered, and is not waited for any more.",
                    "%(number)d companies have not answered, and are not waited for any more.",
                    missing,
                )
                % {"number": missing}
                if missing
                else _("Every company has answered."),
                _("Who answered, and when, stays on file."),
            ],
            act=services.close_check,
            done=gettext_lazy("The yearly check is closed."),
        )

    def _check(self, request: HttpRequest, pk: Any) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return found_or_404(self.get_queryset(request).select_related("begun_by"), pk)

    @staticmethod
    def _url(check: YearlyCheck) -> str:
        return reverse("admin:members_yearlycheck_change", args=[check.pk])

    def _of_one(
        self, request: HttpRequest, check: YearlyCheck, *, act: Any, **page: Any
    ) -> HttpResponse:
        return self._confirm(
            request,
            (str(check), self._url(check)),
            act=lambda **how: act(check_id=check.pk, **how),
            lead=str(check),
            back=self._url(check),
            **page,
        )

    def _confirm(
        self,
        request: HttpRequest,
        *trail: tuple[Any, str],
        act: Any,
        more: dict[str, Any] | None = None,
        **page: Any,
    ) -> HttpResponse:
        first = (self.opts.verbose_name_plural, reverse("admin:members_yearlycheck_changelist"))
        return confirm(
            request,
            act=lambda data: act(by=request.user, at=timezone.now(), **data),
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                **(more or {}),
                "trail": [first, *trail],
            },
            **page,
        )


def _on_paper(by_name: list[Member], unreached: int) -> Iterator[str]:
    """Whom no letter reaches: how many, the first of them, and where all of them stand."""
    if unreached > len(by_name):
        yield ngettext(
            "No letter reaches %(number)d company, to be asked on paper. The first ones:",
            "No letter reaches %(number)d companies, to be asked on paper. The first ones:",
            unreached,
        ) % {"number": unreached}
    for member in by_name:
        yield (
            _("No letter reaches %(company)s: ask it on paper, %(address)s.")
            % {"company": member, "address": member.postal_address.replace("\n", ", ")}
        )
    if unreached > len(by_name):
        yield _("When the check has begun, all stand on its page under “To be asked on paper”.")


def _with_their_primaries(rows: Any) -> None:
    """Each row with `primary`, who is asked for the company (None: nobody)."""
    primaries = Representative.objects.in_force(timezone.localdate()).filter(
        role=RepresentativeRole.PRIMARY, member__in=[row.member_id for row in rows]
    )
    of_member = {row.member_id: row.person for row in primaries.select_related("person")}
    for row in rows:
        row.primary = of_member.get(row.member_id)
