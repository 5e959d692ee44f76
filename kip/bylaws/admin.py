from typing import Any

from django.contrib import admin
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from kip.access import allowed
from kip.admin_site import ByService
from kip.audit.timeline import entries_of
from kip.bylaws import services
from kip.bylaws.models import Bylaws


@admin.register(Bylaws)
class BylawsAdmin(ByService):
    """Versions are read here; “Add” begins a new one from the newest."""

    change_form_template = "admin/history_form.html"
    list_display = ["version", "valid_from", "adopted_in_words"]
    fieldsets = [
        (None, {"fields": ["valid_from", "adopted"]}),
        (
            None,
            {
                "fields": [
                    f"{name}_{language}"
                    for name in ("purpose", "admission", "text")
                    for language in ("fi", "sv", "en")
                ]
            },
        ),
        (
            None,
            {
                "fields": [
                    "record_language",
                    "board_quorum",
                    "board_quorum_number",
                    "board_majority",
                    "written_procedure",
                    "early_closing",
                    "votes_hidden",
                    "decision_days",
                    "checking_days",
                ]
            },
        ),
        (None, {"fields": ["resignation_delay_days", "expulsion_decided_by"]}),
    ]

    @admin.display(description=gettext_lazy("adopted"), ordering="adopted")
    def adopted_in_words(self, bylaws: Bylaws) -> str:
        return bylaws.adopted_where

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allowed("bylaws.adopt", request.user, at=timezone.now())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = Bylaws.objects.latest("version")
        return model_to_dict(newest) | {"valid_from": timezone.localdate(), "adopted": ""}

    def save_model(self, request: HttpRequest, obj: Bylaws, form: Any, change: bool) -> None:
        rules = dict(form.cleaned_data)
        saved = services.adopt(
            valid_from=rules.pop("valid_from"),
            adopted=rules.pop("adopted"),
            rules=rules,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        obj.pk, obj.version = saved.pk, saved.version
