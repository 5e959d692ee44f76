"""Companies and people that are likely on record twice: compared, merged, kept apart, undone."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Func, IntegerField, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kip import finding
from kip.access import allowed
from kip.accounts.models import User
from kip.admin_site import ReadOnly, found_or_404
from kip.exceptions import DomainError
from kip.mail.confirm import confirm
from members import search, services
from members.forms.doubles import OtherCompanyForm, OtherPersonForm
from members.models import CompanyPair, Member, PersonPair
from members.presentation.doubles import Compared, compared_companies, compared_people, named
from members.states import PairStatus


class ByStatus(SimpleListFilter):
    """Those that wait for somebody to look, unless others are asked for."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [*PairStatus.choices, ("all", _("all"))]

    def value(self) -> str:
        """What is chosen; a status that there is not is as if nothing were."""
        known = {*PairStatus.values, "all"}
        chosen = super().value() or ""
        return chosen if chosen in known else PairStatus.LIKELY.value

    def choices(self, changelist: ChangeList) -> Any:
        for value, text in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": text,
            }

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.value() == "all" else rows.filter(status=self.value())


# Those that have most in common come first.
STRENGTH = Func("likenesses", function="jsonb_array_length", output_field=IntegerField())


class PairAdmin(ReadOnly):
    """The pages of either kind; what differs is named by the subclasses."""

    list_display = ["__str__", "in_common", "found_at", "status"]
    list_filter = [ByStatus]
    list_select_related = ["first", "second"]
    list_per_page = 50
    ordering = [STRENGTH.desc(), "first", "second"]
    change_list_template = "admin/members/pair/change_list.html"

    kind: type[CompanyPair] | type[PersonPair]
    records: str
    other_form: Any
    merge_service: Any
    apart_text: Any
    of_one: Any
    # (pair) -> the facts of both, beside each other
    compared: Callable[..., list[Compared]]

    @admin.display(description=gettext_lazy("what they have in common"), ordering=STRENGTH)
    def in_common(self, pair: Any) -> str:
        return ", ".join(pair.in_common)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("<int:pk>/merge/<int:kept>/", self.merge, "merge"),
            ("<int:pk>/apart/", self.apart, "apart"),
            ("<int:pk>/undo/", self.undo, "undo"),
            ("compare/<int:pk>/", self.compare, "compare"),
            ("look/", self.look, "look"),
        ]
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            *(path(where, view(page), name=f"{name}_{what}") for where, page, what in pages),
            *super().get_urls(),
        ]

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def _record_url(self, record: Any) -> str:
        return reverse(f"admin:{self.records}_change", args=[record.pk])

    def _pair(self, request: HttpRequest, pk: Any) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.kind._default_manager.select_related("first", "second", "kept", "settled_by")
        return found_or_404(rows, pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Both records beside each other, and what can be done with them."""
        pair = self._pair(request, object_id)
        at = timezone.now()
        may_settle = allowed("members.keep_register", request.user, at=at)
        is_open = pair.status != PairStatus.MERGED
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(pair),
            "pair": pair,
            "rows": self.compared(pair),
            "records": [
                (record, self._record_url(record), self._url("merge", pair.pk, record.pk))
                for record in (pair.first, pair.second)
            ],
            "may_merge": may_settle and is_open,
            "apart_url": self._url("apart", pair.pk)
            if may_settle and pair.status == PairStatus.LIKELY
            else "",
            "apart_text": self.apart_text,
            "undo_url": self._url("undo", pair.pk)
            if may_settle and not is_open and at <= services.undone_by(pair)
            else "",
            "undone_by": services.undone_by(pair) if not is_open else None,
        }
        return render(request, "admin/members/pair/change_form.html", context)

    def merge(self, request: HttpRequest, pk: int, kept: int) -> HttpResponse:
        """What would go where, and the button that does it."""
        pair = self._pair(request, pk)
        if kept not in {pair.first_id, pair.second_id}:
            raise Http404
        record = pair.first if kept == pair.first_id else pair.second
        try:
            words = services.what_goes_where(pair, record, at=timezone.now())
        except DomainError as refused:
            if request.method != "POST":
                messages.error(request, str(refused))
                return redirect(self._url("change", pk))
            words = []
        return self._confirm(
            request,
            pair,
            title=_("Merge the two records"),
            lead=_("Kept: %(kept)s. Its double: %(double)s.")
            % {"kept": named(record), "double": named(pair.other_than(record))},
            act_text=_("Merge"),
            consequences=[
                *words,
                _("The other record stays as a double, which nobody finds in lists."),
                _("This can be undone for thirty days."),
            ],
            act=lambda data: type(self).merge_service(
                pair_id=pk,
                kept_id=kept,
                by=request.user,
                at=timezone.now(),
            ),
            done=gettext_lazy("The two records are one now."),
            back=self._url("change", pk),
        )

    def apart(self, request: HttpRequest, pk: int) -> HttpResponse:
        pair = self._pair(request, pk)
        return self._confirm(
            request,
            pair,
            title=self.apart_text,
            lead=str(pair),
            act_text=self.apart_text,
            consequences=[_("Both stay as they are, and are not shown as likely doubles again.")],
            act=lambda data: services.keep_apart(
                kind=self.kind,
                pair_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("They are kept apart."),
            back=self._url("changelist"),
        )

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        pair = self._pair(request, pk)
        return self._confirm(
            request,
            pair,
            title=_("Undo the merge"),
            lead=str(pair),
            act_text=_("Undo the merge"),
            consequences=[
                _("Both records are as they were before the merge."),
                _("What somebody has changed since then stays as it was changed."),
                _("They count as not the same then, and are not shown as likely doubles."),
            ],
            act=lambda data: services.undo_merge(
                kind=self.kind,
                pair_id=pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=lambda left: (
                ngettext(
                    "They are two records again; %(number)d row stays as it was changed since.",
                    "They are two records again; %(number)d rows stay as they were changed since.",
                    left,
                )
                % {"number": left}
                if left
                else _("They are two records again.")
            ),
            back=self._url("change", pk),
        )

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A record that no rule found alike with another one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = found_or_404(self.of_one._default_manager.apart_from_doubles(), pk)
        return self._confirm(
            request,
            record,
            title=_("Compare with another record"),
            lead=str(record),
            act_text=_("Compare"),
            form=self.other_form(request.POST or None),
            consequences=[_("The two are shown beside each other; nothing is changed yet.")],
            act=lambda data: services.compare(
                kind=self.kind,
                one_id=pk,
                other_id=data["other"].pk,
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=gettext_lazy("Compare the two, and decide."),
            back=self._record_url(record),
            onward=lambda pair: self._url("change", pair.pk),
            letters=None,
        )

    def look(self, request: HttpRequest) -> HttpResponse:
        """Look at once, rather than in the coming night."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._confirm(
            request,
            None,
            title=_("Look for doubles now"),
            act_text=_("Look now"),
            consequences=[
                _(
                    "All companies and people are compared with each other; each night it is done"
                    " by itself."
                ),
            ],
            act=lambda data: services.look_for_doubles(
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            ),
            done=lambda found: (
                ngettext(
                    "%(number)d pair is likely the same company or person.",
                    "%(number)d pairs are likely the same company or person.",
                    found,
                )
                % {"number": found}
            ),
            back=self._url("changelist"),
            letters=None,
        )

    def _confirm(self, request: HttpRequest, about: Any, *, back: str, **page: Any) -> HttpResponse:
        trail = [(self.opts.verbose_name_plural, self._url("changelist"))]
        if isinstance(about, self.kind):
            trail.append((str(about), self._url("change", about.pk)))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "trail": trail,
        }
        if "letters" in page:
            context["letters"] = page.pop("letters")
        return confirm(request, back=back, template="admin/confirm.html", context=context, **page)


def _of_any(pairs: QuerySet[Any], found: QuerySet[Any] | None) -> QuerySet[Any]:
    """The pairs of which one record was found; all when nothing was looked for."""
    if found is None:
        return pairs
    keys = list(found)
    return pairs.filter(
        Q(first__in=[row["pk"] for row in keys]) | Q(second__in=[row["pk"] for row in keys])
    )


@admin.register(CompanyPair)
class CompanyPairAdmin(PairAdmin):
    nothing_yet = gettext_lazy(
        "Companies that are likely on record twice will be here, once a pair is found. Only"
        " pairs that nobody has settled yet are shown, unless you choose another status."
    )
    search_fields = ["first__name", "second__name"]
    kind = CompanyPair
    records = "members_member"
    of_one = Member
    other_form = OtherCompanyForm
    merge_service = staticmethod(services.merge_companies)
    apart_text = gettext_lazy("Not the same company")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = search.companies(search_term, Member.objects.all()).rows.values("pk")
        return _of_any(queryset, found if search_term else None), False

    def compared(self, pair: CompanyPair) -> list[Compared]:
        return compared_companies(pair.first, pair.second)


@admin.register(PersonPair)
class PersonPairAdmin(PairAdmin):
    nothing_yet = gettext_lazy(
        "People who are likely on record twice will be here, once a pair is found. Only pairs"
        " that nobody has settled yet are shown, unless you choose another status."
    )
    search_fields = ["first__found_by", "second__found_by"]
    kind = PersonPair
    records = "accounts_user"
    of_one = User
    other_form = OtherPersonForm
    merge_service = staticmethod(services.merge_people)
    apart_text = gettext_lazy("Not the same person")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found = finding.find(User.objects.all(), search_term).rows.values("pk")
        return _of_any(queryset, found if search_term else None), False

    def compared(self, pair: PersonPair) -> list[Compared]:
        return compared_people(pair.first, pair.second, at=timezone.now())
