"""The outbox as the secretary sees it: read, and send again what did not arrive."""

from email.header import decode_header, make_header
from typing import Any

from csp.decorators import csp, csp_update
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from kip import access
from kip.admin_site import Listed
from kip.mail import services
from kip.mail.confirm import confirm
from kip.mail.delivery import as_message
from kip.mail.models import OutboxMail
from kip.mail.placeholders import mask
from kip.mail.states import Status

# The preview is somebody else's page: it may style itself and nothing more.
PREVIEW = {
    "default-src": ["'none'"],
    "style-src-attr": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language"]


@admin.register(OutboxMail)
class OutboxMailAdmin(Listed):
    """To look at: letters come of acts, and nobody edits them."""

    nothing_yet = gettext_lazy(
        "Every letter that the association sends will be here, and whether it was delivered."
    )
    list_display = ["subject_shown", "to_address", "state_shown", "created_at"]
    list_filter = ["status", "created_at"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["to_address", "subject", "key", "message_id"]
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not Django's own answer, which is yes to every superuser.
        return access.allowed("mail.view", request.user, obj, at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Letters"), **(extra_context or {})})

    @admin.display(description=gettext_lazy("subject"), ordering="subject")
    def subject_shown(self, mail: OutboxMail) -> str:
        return mask(mail.subject)

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state_shown(self, mail: OutboxMail) -> str:
        return mail.in_words()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/html/", view(self.html), name="mail_outboxmail_html"),
            path("<int:pk>/send-again/", view(self.send_again), name="mail_outboxmail_send_again"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        mail = self._letter(request, object_id)
        message = as_message(mail)
        sent = message.message()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": mask(mail.subject),
            "mail": mail,
            "state": mail.in_words(),
            "tone": {Status.SENT: "good", Status.FAILED: "wrong"}.get(mail.status, "sea"),
            "headers": [(name, _readable(sent[name])) for name in HEADERS],
            "text": message.body,
            "history": mail.history.select_related("by").order_by("-at", "-pk"),
            "may_send_again": mail.may_be_sent_again,
            "why_not_again": services.PERSONAL_VALUES_GONE if mail.lacks_personal_values else "",
        }
        return render(request, "admin/mail/outboxmail/change_form.html", context)

    @method_decorator([require_safe, xframe_options_sameorigin, csp(PREVIEW)])
    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part as a response of its own, which can do nothing to the page around it."""
        [(html, _type)] = as_message(self._letter(request, pk)).alternatives
        return HttpResponse(html)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._letter(request, pk)
        page = reverse("admin:mail_outboxmail_change", args=[pk])
        subject = mask(mail.subject)
        again = []
        if mail.status == Status.SENT:
            again.append(_("It was accepted by the mail server before, so it may arrive twice."))
        if mail.personal:
            again.append(
                _("Codes and personal links in it may have expired: they are not renewed.")
            )
        return confirm(
            request,
            title=_("Send “%(subject)s” again") % {"subject": subject},
            act_text=_("Send again"),
            consequences=[
                _("The same letter goes to %(address)s.") % {"address": mail.to_address},
                *again,
            ],
            act=lambda data: services.send_again(mail_id=pk, by=request.user, at=timezone.now()),
            done=_("The letter is in the queue again."),
            back=page,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,  # it writes none: the one on file goes out again
                "trail": [
                    (self.opts.verbose_name_plural, reverse("admin:mail_outboxmail_changelist")),
                    (subject, page),
                ],
            },
        )

    def _letter(self, request: HttpRequest, pk: Any) -> OutboxMail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mail = self.get_object(request, str(pk))
        if mail is None:
            raise Http404
        return mail


def _readable(header: Any) -> str:
    return str(make_header(decode_header(str(header))))
