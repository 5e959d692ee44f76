"""What the association asks on its application form besides."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kip.access import allowed
from kip.admin_site import ByService, found_or_404, in_words
from kip.audit.timeline import entries_of
from kip.forms import ModelForm
from members import services
from members.models import Question
from members.services.questions import FIELDS


@admin.register(Question)
class QuestionAdmin(ByService):
    """The questions that the association adds to its form. Answers given are kept."""

    form = ModelForm
    fields = list(FIELDS)
    change_form_template = "admin/history_form.html"
    list_display = [
        "label_en",
        "kind",
        in_words(Question, "required"),
        in_words(Question, "asked"),
        "order",
    ]
    nothing_yet = _(
        "The questions that the association adds to its application form will be here. Until then"
        " applicants answer the form’s own questions only."
    )
    list_filter = ["asked"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allowed("members.set_questions", request.user, at=timezone.now())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return allowed("members.set_questions", request.user, at=timezone.now())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        question = found_or_404(Question.objects.all(), object_id)
        return super().change_view(
            request, object_id, form_url, {"entries": entries_of(question), **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        act = {"facts": form.cleaned_data, "by": request.user, "at": timezone.now()}
        if change:
            services.change_question(question_id=obj.pk, **act)
        else:
            obj.pk = services.add_question(**act).pk

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
