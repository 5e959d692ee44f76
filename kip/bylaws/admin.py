from typing import Any

from django.contrib import admin
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.utils import timezone

from kip.bylaws import services
from kip.bylaws.models import Bylaws


@admin.register(Bylaws)
class BylawsAdmin(admin.ModelAdmin):
    """Versions are read here; “Add” begins a new one from the newest."""

    list_display = ["version", "valid_from", "adopted"]
    fieldsets = [
        (None, {"fields": ["valid_from", "adopted"]}),
        (
            None,
            {
                "fields": [
                    f"{name}_{language}"
                    for name in ("purpose", "admission")
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
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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
