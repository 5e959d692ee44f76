"""The outbox as the secretary sees it: read, and send again what did not arrive; addresses that
letters come back from; and what the domain says of itself to other mail servers.

Letters on paper are taken from here as PDF, and recorded as posted.
"""

from email.header import decode_header, make_header
from typing import Any

from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from kip import access
from kip.admin_site import Listed, ReadOnly, found_or_404
from kip.exceptions import DomainError
from kip.mail import domain, lookup, paper, posting, receiving, services
from kip.mail.confirm import confirm
from kip.mail.delivery import as_message
from kip.mail.forms.paper import PaperForm, PostedForm, ReturnedForm
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.placeholders import mask
from kip.mail.states import Channel, Outcome, Status

# The preview is somebody else's page: it may style itself and nothing more.
PREVIEW = {
    "default-src": ["'none'"],
    "style-src-attr": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
# On the page of an address; the outbox, searched for it, has all of them.
LETTERS_SHOWN = 20
TONES = {Status.SENT: "good", Status.FAILED: "wrong", Status.BOUNCED: "wrong"}
# Letters named one by one before they are recorded as posted.
SHOWN = 30
HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language"]


@admin.register(OutboxMail)
class OutboxMailAdmin(Listed):
    """To look at: letters come of acts, and nobody edits them."""

    nothing_yet = gettext_lazy(
        "Every letter that the association sends will be here, and whether it was delivered."
    )
    list_display = ["subject_shown", "to_shown", "state_shown", "created_at"]
    list_filter = ["status", "channel", "created_at"]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["to_address", "postal_address", "subject", "key", "message_id"]
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

    @admin.display(description=gettext_lazy("to"), ordering="to_address")
    def to_shown(self, mail: OutboxMail) -> str:
        return mail.addressee

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state_shown(self, mail: OutboxMail) -> str:
        return mail.in_words()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("domain/", view(self.domain), name="mail_outboxmail_domain"),
            path("paper/", view(self.paper), name="mail_outboxmail_paper"),
            path("paper/posted/", view(self.posted), name="mail_outboxmail_posted"),
            path("<int:pk>/letter.pdf", view(self.letter_pdf), name="mail_outboxmail_letter_pdf"),
            path("<int:pk>/returned/", view(self.returned), name="mail_outboxmail_returned"),
            path("<int:pk>/write-anew/", view(self.write_anew), name="mail_outboxmail_write_anew"),
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
        history = mail.history.select_related("by").order_by("-at", "-pk")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": mask(mail.subject),
            "mail": mail,
            "state": mail.in_words(),
            "tone": TONES.get(mail.status, "sea"),
            "history": history,
        }
        if mail.is_on_paper:
            return render(
                request,
                "admin/mail/outboxmail/on_paper.html",
                context | self._on_paper(mail, list(history)),
            )
        stopped = StoppedAddress.objects.stopped([mail.to_address]).first()
        message = as_message(mail)
        sent = message.message()
        context |= {
            "headers": [(name, _readable(sent[name])) for name in HEADERS],
            "text": message.body,
            "may_send_again": mail.may_be_sent_again and stopped is None,
            "stopped": stopped if mail.may_be_sent_again else None,
            "may_write_anew": posting.to_write_on_paper([mail], at=timezone.now()),
            "why_not_again": services.PERSONAL_VALUES_GONE if mail.lacks_personal_values else "",
        }
        return render(request, "admin/mail/outboxmail/change_form.html", context)

    @staticmethod
    def _on_paper(mail: OutboxMail, history: list[Any]) -> dict[str, Any]:
        """What the page of a letter on paper says besides: who posted it, and what can be done."""
        posted = next((each for each in history if each.outcome == Outcome.POSTED), None)
        state = mail.in_words()
        if mail.status == Status.SENT and posted is not None:
            state = _("%(posted)s, recorded by %(person)s") % {
                "posted": posted.in_words(),
                "person": posted.by,
            }
        may_go_elsewhere = mail.status in (Status.QUEUED, Status.BOUNCED)
        moved = may_go_elsewhere and mail.reader_has_moved
        return {
            "state": state,
            "history": history,
            "documents": mail.attachments.order_by("name", "pk"),
            "may_write_anew": moved and mail.reader.channel == Channel.LETTER,
            "moved": moved,
        }

    @method_decorator([require_safe, xframe_options_sameorigin, csp(PREVIEW)])
    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part as a response of its own, which can do nothing to the page around it."""
        mail = self._letter(request, pk)
        if mail.is_on_paper:
            raise Http404
        [(html, _type)] = as_message(mail).alternatives
        return HttpResponse(html)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        mail = self._letter(request, pk)
        page = reverse("admin:mail_outboxmail_change", args=[pk])
        subject = mask(mail.subject)
        if mail.is_on_paper:
            return self._post_again(request, mail)
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
            context=self._around(request, (subject, page)),
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

    # --- On paper -----------------------------------------------------------------------------

    @method_decorator(require_safe)
    def paper(self, request: HttpRequest) -> HttpResponse:
        """Letters to post. The buttons of its form take those that are ticked, or all on the list.

        "All" are the ones that waited when the page was made (`upto`): none that came since is
        printed, or recorded as posted, without having been seen.
        """
        self._require_view(request)
        waiting = OutboxMail.objects.to_post()
        form = PaperForm(request.GET if "take" in request.GET else None)
        if form.is_bound and form.is_valid():
            mails = list(form.chosen(waiting).prefetch_related("attachments"))
            try:
                return self._take(request, form, mails)
            except DomainError as error:
                form.add_error(None, str(error))
        page = Paginator(waiting.prefetch_related("attachments"), 50).get_page(
            request.GET.get("page")
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Letters to post"),
            "form": form,
            "page_obj": page,
            "rows": [(mail, paper.enclosed_with(mail)) for mail in page],
            "ticked": set(request.GET.getlist("letter")),
            "upto": max(waiting.order_by("-pk").values_list("pk", flat=True)[:1], default=0),
            "most": paper.MOST,
            "has_sender": bool(settings.ASSOCIATION_ADDRESS),
        }
        return render(request, "admin/mail/outboxmail/paper.html", context)

    @staticmethod
    def _take(request: HttpRequest, form: PaperForm, mails: list[OutboxMail]) -> HttpResponse:
        """What was pressed: a PDF, or on to recording that they were posted."""
        if not mails:
            messages.info(request, _("None of these letters waits any more."))
            return redirect("admin:mail_outboxmail_paper")
        take = form.cleaned_data["take"]
        if take == "posted":
            return redirect(f"{reverse('admin:mail_outboxmail_posted')}?{request.GET.urlencode()}")
        day = timezone.localdate().isoformat()
        if take == "labels":
            labels = paper.labels(mails, start=form.cleaned_data["start"] or 1)
            return _pdf(labels, f"labels-{day}")
        letters = paper.letters(mails, duplex=form.cleaned_data["duplex"])
        return _pdf(letters, f"letters-{day}")

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def posted(self, request: HttpRequest) -> HttpResponse:
        """Asked once: on which day the letters were posted that the address names."""
        self._require_view(request)
        back = reverse("admin:mail_outboxmail_paper")
        asked = PaperForm(request.GET)
        asked.is_valid()
        chosen = asked.chosen(OutboxMail.objects.to_post())
        mails = list(chosen)
        if not mails:
            messages.info(request, _("None of these letters waits any more."))
            return redirect(back)
        number, beyond = {"count": len(mails)}, len(mails) - SHOWN
        return confirm(
            request,
            title=ngettext(
                "Record %(count)d letter as posted",
                "Record %(count)d letters as posted",
                len(mails),
            )
            % number,
            act_text=_("Record as posted"),
            form=PostedForm(request.POST or None, initial={"posted_on": timezone.localdate()}),
            consequences=[
                *(
                    _("To %(reader)s: %(subject)s") % {"reader": mail.addressee, "subject": mail}
                    for mail in mails[:SHOWN]
                ),
                *([_("and %(count)d more") % {"count": beyond}] if beyond > 0 else []),
            ],
            lead=_("The day, and that you recorded it, is kept as the proof of posting."),
            pressed=",".join(str(mail.pk) for mail in mails),
            act=lambda data: posting.mark_posted(
                mail_ids=_numbers(data["pressed"]),
                posted_on=data["posted_on"],
                by=request.user,
                at=timezone.now(),
            ),
            done=lambda done: (
                ngettext(
                    "%(count)d letter is recorded as posted.",
                    "%(count)d letters are recorded as posted.",
                    len(done),
                )
                % {"count": len(done)}
            ),
            back=back,
            template="admin/confirm.html",
            context=self._around(request, (_("Letters to post"), back)),
        )

    @method_decorator(require_safe)
    def letter_pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One letter as it is, or was, posted."""
        mail = self._paper_letter(request, pk)
        try:
            return _pdf(paper.letters([mail]), f"letter-{mail.pk}")
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("admin:mail_outboxmail_change", mail.pk)

    def _post_again(self, request: HttpRequest, mail: OutboxMail) -> HttpResponse:
        texts = [
            _("It waits to be posted again, to the same address: %(address)s.")
            % {"address": ", ".join(mail.postal_address.splitlines())}
        ]
        if mail.status == Status.SENT:
            texts.append(_("What was recorded stays in its history."))
        return self._confirm(
            request,
            mail,
            title=_("Put “%(subject)s” back among the letters to post") % {"subject": mail},
            act_text=_("Put back"),
            act=lambda data: services.send_again(
                mail_id=mail.pk, by=request.user, at=timezone.now()
            ),
            done=_("The letter waits to be posted."),
            consequences=texts,
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def returned(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The post has brought a letter back."""
        mail = self._paper_letter(request, pk)
        return self._confirm(
            request,
            mail,
            title=_("“%(subject)s” came back") % {"subject": mail},
            act_text=_("Record that it came back"),
            form=ReturnedForm(request.POST or None),
            sample={"reason": "?"},
            act=lambda data: posting.mark_returned(
                mail_id=mail.pk, reason=data["reason"], by=request.user, at=timezone.now()
            ),
            done=_("It stays on the desk until the address is changed or the letter posted again."),
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def write_anew(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same words to another address."""
        mail = self._letter(request, pk)
        lines = services.way_to(mail.reader, at=timezone.now()).lines if mail.reader else ()
        return self._confirm(
            request,
            mail,
            title=_("Write “%(subject)s” anew") % {"subject": mail},
            act_text=_("Write anew"),
            act=lambda data: posting.write_anew(
                mail_id=mail.pk, by=request.user, at=timezone.now()
            ),
            done=_("The letter waits to be posted."),
            onward=lambda written: reverse("admin:mail_outboxmail_change", args=[written.pk]),
            consequences=[
                _("The same words wait to be posted to %(address)s.")
                % {"address": ", ".join(lines)},
                _("The letter that came back stays as it is.")
                if mail.status == Status.BOUNCED
                else _("The e-mail stays unsent.")
                if not mail.is_on_paper
                else _("The letter to the earlier address is not posted."),
            ],
        )

    def _confirm(self, request: HttpRequest, mail: OutboxMail, **page: Any) -> HttpResponse:
        subject, back = str(mail), reverse("admin:mail_outboxmail_change", args=[mail.pk])
        context = self._around(request, (subject, back))
        if "form" not in page and "sample" not in page:
            page["sample"] = {}  # rehearsed, so that a page on which nothing can be done is refused
        return confirm(request, back=back, template="admin/confirm.html", context=context, **page)

    def _around(self, request: HttpRequest, *trail: tuple[str, str]) -> dict[str, Any]:
        """What a confirmation page needs of the admin around it."""
        outbox = (self.opts.verbose_name_plural, reverse("admin:mail_outboxmail_changelist"))
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "letters": None,  # it writes none: the one on file goes out
            "trail": [outbox, *trail],
        }

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _paper_letter(self, request: HttpRequest, pk: int) -> OutboxMail:
        mail = self._letter(request, pk)
        if not mail.is_on_paper:
            raise Http404
        return mail

    def _letter(self, request: HttpRequest, pk: Any) -> OutboxMail:
        self._require_view(request)
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
        reader = stopped.reader
        has_it = reader is not None and reader.email == stopped.address
        at = timezone.now()
        back = letters.came_back().order_by("-sent_at").select_related("reader")[:LETTERS_SHOWN]
        held = letters.held_back(stopped).select_related("reader")[:LETTERS_SHOWN]
        return render(
            request,
            "admin/mail/stoppedaddress/change_form.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": stopped.address,
                "stopped": stopped,
                "may_change": has_it and reader.address_may_be_changed,
                "on_paper": has_it and services.way_to(reader, at=at).channel == Channel.LETTER,
                "back": back,
                "held": held,
                "may_write_anew": posting.to_write_on_paper([*back, *held], at=at),
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


def _numbers(text: str) -> list[int]:
    """Ids as a page has sent them; what is none is left out, and then missed by the act."""
    return [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 19]


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )
