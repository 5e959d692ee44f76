"""The outbox as the secretary sees it: read, and send again what did not arrive; addresses that
letters come back from; and what the domain says of itself to other mail servers.
"""

from email.header import decode_header, make_header
from typing import Any

from csp.decorators import csp, csp_update
from django.conf import settings
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
from kip.admin_site import Listed, ReadOnly, found_or_404
from kip.mail import domain, lookup, receiving, services
from kip.mail.confirm import confirm
from kip.mail.delivery import as_message
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.placeholders import mask
from kip.mail.states import Status

# The preview is somebody else's page: it may style itself and nothing more.
PREVIEW = {
    "default-src": ["'none'"],
    "style-src-attr": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
# On the page of an address; the outbox, searched for it, has all of them.
LETTERS_SHOWN = 20
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
            path("domain/", view(self.domain), name="mail_outboxmail_domain"),
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
            "tone": {
                Status.SENT: "good",
                Status.FAILED: "wrong",
                Status.BOUNCED: "wrong",
            }.get(mail.status, "sea"),
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

    @method_decorator(require_safe)
    def domain(self, request: HttpRequest) -> HttpResponse:
        """What the domain's records say to the servers that our letters reach; looked up when asked
        for, in five seconds at most.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        senders = domain.Senders.of(
            settings.DEFAULT_FROM_EMAIL, settings.BOUNCE_ADDRESS, settings.DKIM_SELECTORS
        )
        asked = "check" in request.GET
        findings = domain.judge(senders, lookup.everything(senders)) if asked else []
        return render(
            request,
            "admin/mail/outboxmail/domain.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Mail domain"),
                "senders": senders,
                "asked": asked,
                "findings": findings,
                "unreachable": asked and all(found.tone == domain.UNKNOWN for found in findings),
            },
        )

    def _letter(self, request: HttpRequest, pk: Any) -> OutboxMail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mail = self.get_object(request, str(pk))
        if mail is None:
            raise Http404
        return mail


@admin.register(StoppedAddress)
class StoppedAddressAdmin(ReadOnly):
    """To which addresses nothing is sent; one act: to have one tried again."""

    nothing_yet = gettext_lazy(
        "When letters to an address come back again and again, sending to it stops. It will be here"
        " then, with what to do about it."
    )
    list_display = ["address", "reader", "since", "said", "until"]
    list_filter = [("until", admin.EmptyFieldListFilter)]
    list_select_related = ["reader"]
    search_fields = ["address"]
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.allowed("mail.view", request.user, obj, at=timezone.now())

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/try-again/",
                self.admin_site.admin_view(self.try_again),
                name="mail_stoppedaddress_try_again",
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        stopped = self._stopped(request, object_id)
        letters = OutboxMail.objects.filter(to_address__iexact=stopped.address)
        return render(
            request,
            "admin/mail/stoppedaddress/change_form.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": stopped.address,
                "stopped": stopped,
                "back": letters.came_back().order_by("-sent_at")[:LETTERS_SHOWN],
                "held": letters.held_back(stopped)[:LETTERS_SHOWN],
                "shown": LETTERS_SHOWN,
            },
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def try_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        stopped = self._stopped(request, pk)
        page = reverse("admin:mail_stoppedaddress_change", args=[pk])
        return confirm(
            request,
            title=_("Send to %(address)s again") % {"address": stopped.address},
            act_text=_("Send to it again"),
            consequences=[
                _("From now on letters are sent to this address again."),
                _("Those written meanwhile stay unsent: send again which of them still matter."),
                _("If they come back once more, sending stops again."),
            ],
            act=lambda data: receiving.try_again(stopped_id=pk, by=request.user, at=timezone.now()),
            done=_("Letters are sent to this address again."),
            back=page,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,
                "trail": [
                    (
                        self.opts.verbose_name_plural,
                        reverse("admin:mail_stoppedaddress_changelist"),
                    ),
                    (stopped.address, page),
                ],
            },
        )

    def _stopped(self, request: HttpRequest, pk: Any) -> StoppedAddress:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = StoppedAddress.objects.select_related("reader", "ended_by")
        return found_or_404(rows, pk)


def _readable(header: Any) -> str:
    return str(make_header(decode_header(str(header))))
