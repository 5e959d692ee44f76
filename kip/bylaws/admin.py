from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.admin_site import ReadOnly, in_words
from kip.audit.timeline import entries_of
from kip.bylaws import services
from kip.bylaws.forms import GROUPS, BylawsForm
from kip.bylaws.models import Bylaws
from kip.content import language_name
from kip.mail.confirm import confirm


@admin.register(Bylaws)
class BylawsAdmin(ReadOnly):
    """Versions are read here; “Add” asks once, beginning from the newest."""

    change_form_template = "admin/history_form.html"
    nothing_yet = gettext_lazy(
        "The versions of the bylaws will be here, each with the day from which it holds."
    )
    list_display = ["version", "valid_from", "adopted_in_words"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = {
            "record_language": self.record_language_in_words,
            "early_closing": in_words(Bylaws, "early_closing"),
            "votes_hidden": in_words(Bylaws, "votes_hidden"),
            "unpaid_excludes_from_voting": in_words(Bylaws, "unpaid_excludes_from_voting"),
        }
        return [
            (heading, {"fields": [shown.get(name, name) for name in names]})
            for heading, names in GROUPS
        ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        # What helps to fill it in is of no use to who reads.
        kw["help_texts"] = {field.name: "" for field in Bylaws._meta.fields}
        return super().get_form(request, obj, change, **kw)

    @admin.display(description=Bylaws._meta.get_field("record_language").verbose_name)  # type: ignore[union-attr]
    def record_language_in_words(self, bylaws: Bylaws) -> str:
        return language_name(bylaws.record_language)

    @admin.display(description=gettext_lazy("adopted"), ordering="adopted")
    def adopted_in_words(self, bylaws: Bylaws) -> str:
        return bylaws.adopted_where

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allowed("bylaws.adopt", request.user, at=timezone.now())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        entries = [] if version is None else entries_of(version)
        return super().change_view(
            request, object_id, form_url, {"entries": entries, **(extra_context or {})}
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Record a new version, asked once: what is recorded stays."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        at = timezone.now()
        newest = model_to_dict(Bylaws.objects.latest("version"), fields=BylawsForm.Meta.fields)
        back = reverse("admin:bylaws_bylaws_changelist")
        return confirm(
            request,
            title=_("Record a new version of the bylaws"),
            act_text=_("Record the version"),
            form=BylawsForm(
                request.POST or None,
                initial=newest | {"valid_from": timezone.localdate(at), "adopted": ""},
            ),
            sample=newest | {"valid_from": timezone.localdate(at), "adopted": "…"},
            consequences=[
                _("It cannot be changed or removed afterwards; only a later version replaces it."),
                _("In force today: %(version)s.") % {"version": Bylaws.objects.in_force_at(at)},
                *(
                    _("Recorded for later: %(version)s.") % {"version": version}
                    for version in Bylaws.objects.filter(valid_from__gt=timezone.localdate(at))
                ),
                _("Everybody can read it on the public pages from its first day."),
                _(
                    "Matters that are open on its first day are counted by it from then on: its"
                    " quorum, its majority, and whether the board may decide without a meeting."
                    " Deadlines stay. What was decided, or had run out of time, before that day"
                    " stays under the bylaws of then."
                ),
                _(
                    "If it hides votes, the board no longer sees those cast in open matters, from"
                    " its first day until each is decided; if it does not, the board sees them."
                ),
            ],
            act=lambda data: _adopt(data, by=request.user, at=timezone.now()),
            done=gettext_lazy("The version has been recorded."),
            back=back,
            onward=lambda made: reverse("admin:bylaws_bylaws_change", args=[made.pk]),
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "trail": [(self.opts.verbose_name_plural, back)],
            },
        )


def _adopt(data: dict[str, Any], *, by: Any, at: Any) -> Bylaws:
    rules = dict(data)
    return services.adopt(
        valid_from=rules.pop("valid_from"),
        adopted=rules.pop("adopted"),
        rules=rules,
        by=by,
        at=at,
    )
