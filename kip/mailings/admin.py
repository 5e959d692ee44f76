"""Mailings: written to a list as it was filtered, read through, sent, followed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp, csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from kip.access import allowed
from kip.admin_site import TICKED, Downloadable, ReadOnly, found_or_404
from kip.content import language_name
from kip.exceptions import DomainError, add_to_form
from kip.mail.admin.outbox import PREVIEW
from kip.mail.confirm import confirm
from kip.mail.models import StoppedAddress
from kip.mailings import services
from kip.mailings.audiences import Audience, audience_of, audiences
from kip.mailings.forms import CountForm, MailingForm, SendForm
from kip.mailings.models import LANGUAGES, Mailing, MailingRecipient
from kip.mailings.presentation import SHOWN, counts_of, recipients_shown, row_of, words_for
from kip.mailings.rendering import Pressed, used
from kip.mailings.states import MailingStatus

TONES = {
    MailingStatus.DRAFT: "due",
    MailingStatus.SCHEDULED: "sea",
    MailingStatus.SENDING: "sea",
    MailingStatus.SENT: "good",
    MailingStatus.STOPPED: "wrong",
}
PER_PAGE = 50


@admin.register(Mailing)
class MailingAdmin(ReadOnly):
    nothing_yet = gettext_lazy(
        "Letters to many will be here. Open a list, filter it, and press “Write to these”."
    )
    list_display = ["subject_shown", "status", "getting", "created_at", "send_at"]
    list_filter = ["status"]
    search_fields = ["subject_fi", "subject_sv", "subject_en"]
    show_facets = admin.ShowFacets.NEVER
    list_per_page = PER_PAGE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailing]:
        getting = Count("recipients", filter=Q(recipients__left_out=""))
        return super().get_queryset(request).annotate(getting=getting)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not Django's own answer, which is yes to every superuser.
        return allowed("mailings.write", request.user, at=timezone.now())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where a mailing begins is at another list."""
        models = dict.fromkeys(kind.model for kind in audiences())
        lists = [
            (
                model._meta.verbose_name_plural,
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            )
            for model in models
        ]
        return super().changelist_view(request, {"lists": lists, **(extra_context or {})})

    @admin.display(description=gettext_lazy("subject"))
    def subject_shown(self, mailing: Mailing) -> str:
        return str(mailing)

    @admin.display(description=gettext_lazy("recipients"), ordering="getting")
    def getting(self, mailing: Any) -> int:
        return mailing.getting

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view

        def of(model: str, name: str, page: Any, argument: str = "<int:pk>") -> URLPattern:
            where = "" if model == "mailing" else "recipients/"
            return path(
                f"{where}{argument}/{name.replace('_', '-')}/",
                view(page),
                name=f"mailings_{model}_{name}",
            )

        return [
            path("write/<slug:key>/", view(self.write), name="mailings_mailing_write"),
            of("mailing", "edit", self.edit),
            of("mailing", "preview", self.preview),
            of("mailing", "html", self.html),
            of("mailing", "test", self.test),
            of("mailing", "again", self.again),
            of("mailing", "send", self.send),
            of("mailing", "everybody", self.everybody),
            of("mailing", "take_back", self.take_back),
            of("mailing", "stop", self.stop),
            of("mailing", "discard", self.discard),
            of("mailingrecipient", "leave_out", self.leave_out),
            of("mailingrecipient", "take_in", self.take_in),
            *super().get_urls(),
        ]

    # --- What every page needs -------------------------------------------------------------------

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _mailing(self, request: HttpRequest, pk: Any) -> Mailing:
        self._require(request)
        return found_or_404(Mailing.objects.select_related("by", "sent_by"), pk)

    @staticmethod
    def _url(mailing: Mailing, page: str = "change") -> str:
        return reverse(f"admin:mailings_mailing_{page}", args=[mailing.pk])

    def _around(self, request: HttpRequest, mailing: Mailing | None = None) -> dict[str, Any]:
        trail = [
            (self.opts.verbose_name_plural, reverse("admin:mailings_mailing_changelist")),
        ]
        if mailing is not None:
            trail.append((str(mailing), self._url(mailing)))
        return {**self.admin_site.each_context(request), "opts": self.opts, "trail": trail}

    def _render(
        self, request: HttpRequest, template: str, mailing: Mailing | None = None, **context: Any
    ) -> HttpResponse:
        return render(
            request,
            f"admin/mailings/mailing/{template}.html",
            {**self._around(request, mailing), "mailing": mailing, **context},
        )

    # --- Writing ------------------------------------------------------------

    def write(self, request: HttpRequest, key: str) -> HttpResponse:
        """A new mailing to everybody behind a list: the address carries the list's filters."""
        self._require(request)
        kind = audience_of(key)
        of_the_list = self.admin_site._registry.get(kind.model) if kind is not None else None
        if kind is None or not isinstance(of_the_list, Downloadable):
            raise Http404
        rows = list(of_the_list.rows_behind(request).order_by().values_list("pk", flat=True))
        list_url = reverse(
            f"admin:{kind.model._meta.app_label}_{kind.model._meta.model_name}_changelist"
        )
        filters = request.GET.copy()
        filters.pop(TICKED, None)  # the list itself knows no such filter
        back = f"{list_url}?{filters.urlencode()}"
        if not rows and request.method != "POST":
            messages.warning(request, _("Nobody is in this list."))
            return redirect(back)
        form = MailingForm(request.POST or None, request.FILES or None, audience=kind)
        if request.method == "POST" and form.is_valid():
            try:
                mailing = services.begin_mailing(
                    audience=key,
                    rows=rows,
                    query=request.GET.urlencode(),
                    part=form.cleaned_data.get("part", ""),
                    words=form.words,
                    uploads=form.cleaned_data["uploads"],
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                return redirect(self._url(mailing))
        lead = ngettext(
            "To those behind %(count)d row of the list: %(list)s.",
            "To those behind %(count)d rows of the list: %(list)s.",
            len(rows),
        ) % {"count": len(rows), "list": kind.model._meta.verbose_name_plural}
        return self._render(
            request,
            "write",
            title=_("Write to these"),
            form=form,
            lead=lead,
            back=back,
        )

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        kind = _kind(mailing)
        if not mailing.is_draft:
            return redirect(self._url(mailing))
        form = MailingForm(
            request.POST or None, request.FILES or None, audience=kind, mailing=mailing
        )
        if request.method == "POST" and form.is_valid():
            try:
                services.change_mailing(
                    mailing_id=pk,
                    part=form.cleaned_data.get("part", mailing.part),
                    words=form.words,
                    uploads=form.cleaned_data["uploads"],
                    without=form.cleaned_data.get("without", ()),
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                add_to_form(form, error)
            else:
                return redirect(self._url(mailing))
        return self._render(
            request,
            "write",
            mailing,
            title=_("Change the mailing"),
            form=form,
            back=self._url(mailing),
        )

    # --- Reading ------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One mailing: what comes next, who gets it and why, and afterwards how each fared."""
        mailing = self._mailing(request, object_id)
        kind = audience_of(mailing.audience)
        counts = counts_of(mailing)
        shown = request.GET.get("show", "")
        if shown not in SHOWN:
            shown = ""
        page = Paginator(recipients_shown(mailing, shown), PER_PAGE).get_page(
            request.GET.get("page")
        )
        stopped = set(
            StoppedAddress.objects.stopped(each.address for each in page).values_list(
                "address", flat=True
            )
        )
        done = counts["getting"] - counts["unwritten"] - counts["waiting"]
        return self._render(
            request,
            "change_form",
            mailing,
            title=str(mailing),
            tone=TONES[MailingStatus(mailing.status)],
            acts=self._acts(mailing, counts),
            leads_on=mailing.ended_at is None,
            to_do=self._to_do(mailing, counts),
            is_going=mailing.status == MailingStatus.SENDING,
            counts=[
                (name, words_for(name), counts[name])
                for name in SHOWN
                if name in ("getting", "left_out")
                or (counts[name] and (name != "unwritten" or mailing.started_at))
            ],
            done=done,
            all=counts["getting"],
            shown=shown,
            empty_fields=self._empty_fields(mailing),
            written_in=", ".join(language_name(code) for code in mailing.languages),
            attached=list(mailing.attachments.all()),
            rows=[row_of(each, mailing, kind) for each in page],
            stopped=stopped,
            page_obj=page,
        )

    def _acts(self, mailing: Mailing, counts: dict[str, int]) -> list[tuple[str, str]]:
        """What can be done with it now, first what leads on."""
        acts: list[tuple[str, str]] = []
        if mailing.is_draft:
            if counts["getting"]:
                acts.append((_("Send"), self._url(mailing, "send")))
            else:
                acts.append((_("Read the list again"), self._url(mailing, "again")))
        waits_for_the_post = mailing.status == MailingStatus.SENT and counts["waiting"]
        if mailing.status == MailingStatus.SENDING or waits_for_the_post:
            acts.append((_("Stop"), self._url(mailing, "stop")))
        if mailing.status == MailingStatus.SCHEDULED:
            acts.append((_("Take back"), self._url(mailing, "take_back")))
        if counts["getting"]:
            acts.append((_("Preview"), self._url(mailing, "preview")))
            acts.append((_("Send me a test copy"), self._url(mailing, "test")))
        if mailing.is_draft:
            acts.append((_("Change"), self._url(mailing, "edit")))
            if counts["getting"]:
                acts.append((_("Read the list again"), self._url(mailing, "again")))
            acts.append((_("Discard"), self._url(mailing, "discard")))
        return acts

    @staticmethod
    def _to_do(mailing: Mailing, counts: dict[str, int]) -> str:
        if mailing.status == MailingStatus.DRAFT:
            if not counts["getting"]:
                return _("Nobody gets it: see below why each is left out.")
            return _("Nobody has got it yet. Read who gets it, look at the preview, and send it.")
        if mailing.status == MailingStatus.SCHEDULED:
            when = formats.date_format(timezone.localtime(mailing.send_at), "DATETIME_FORMAT")
            return _("It goes out by itself on %(when)s, unless you take it back.") % {"when": when}
        if mailing.status == MailingStatus.STOPPED:
            return ngettext(
                "Stopped by a person: %(count)d letter was not sent, and stays unsent.",
                "Stopped by a person: %(count)d letters were not sent, and stay unsent.",
                counts["stopped"],
            ) % {"count": counts["stopped"]}
        if mailing.status == MailingStatus.SENDING:
            return ""
        if troubled := counts["failed"] + counts["bounced"]:
            return ngettext(
                "%(count)d letter did not arrive: open it below, and send it again.",
                "%(count)d letters did not arrive: open them below, and send them again.",
                troubled,
            ) % {"count": troubled}
        return ""

    @staticmethod
    def _empty_fields(mailing: Mailing) -> list[str]:
        """Fields that somebody's letter would leave empty: of everybody's fields, names."""
        if not mailing.is_draft:
            return []
        names = [name for name in used(mailing) if name in ("given_name", "family_name")]
        if not names:
            return []
        nameless = mailing.recipients.getting_it().aggregate(
            **{f"n_{name}": Count("pk", filter=Q(**{name: ""})) for name in names}
        )
        return [
            ngettext(
                "%(count)d recipient has nothing for %(field)s.",
                "%(count)d recipients have nothing for %(field)s.",
                count,
            )
            % {"count": count, "field": f"{{{{ {name} }}}}"}
            for name in names
            if (count := nameless[f"n_{name}"])
        ]

    def _as_it_goes(
        self, request: HttpRequest, mailing: Mailing
    ) -> tuple[MailingRecipient, str, Any]:
        """The letter that the address asks for: to one reader, or in one language to the first."""
        kind = _kind(mailing)
        asked = request.GET.get("recipient", "")
        getting = mailing.recipients.getting_it()
        reader = getting.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 18 else None
        language = request.GET.get("language", "")
        if language not in mailing.languages:
            language = mailing.language_for(reader.language if reader else "", "")
        reader = reader or services.sample_reader(mailing, language)
        if reader is None or not language:
            raise Http404
        return reader, language, Pressed(mailing, kind, language).fill(reader)

    @method_decorator(require_safe)
    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As one reader gets it; the other languages beside it."""
        mailing = self._mailing(request, pk)
        reader, language, letter = self._as_it_goes(request, mailing)
        getting = mailing.recipients.getting_it().order_by("pk")
        neighbours = [
            (_("Previous recipient"), getting.filter(pk__lt=reader.pk).last()),
            (_("Next recipient"), getting.filter(pk__gt=reader.pk).first()),
        ]
        query = urlencode({"recipient": reader.pk, "language": language})
        missing = [code for code in LANGUAGES if code not in mailing.languages]
        return self._render(
            request,
            "preview",
            mailing,
            title=_("Preview"),
            reader=reader,
            language=language,
            letter=letter,
            written_in=[(code, language_name(code)) for code in mailing.languages],
            neighbours=[(text, each) for text, each in neighbours if each is not None],
            html_url=f"{self._url(mailing, 'html')}?{query}",
            attached=list(mailing.attachments.all()),
            send_url=self._url(mailing, "send") if mailing.is_draft else "",
            instead=[
                _("Who reads %(language)s gets it in %(instead)s.")
                % {
                    "language": language_name(code),
                    "instead": language_name(
                        services.language_of(mailing, code, at=timezone.now())
                    ),
                }
                for code in missing
            ],
        )

    @method_decorator([require_safe, xframe_options_sameorigin, csp(PREVIEW)])
    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part as a response of its own, which can do nothing to the page around it."""
        mailing = self._mailing(request, pk)
        _reader, _language, letter = self._as_it_goes(request, mailing)
        return HttpResponse(letter.html)

    # --- Acts ------------------------------------------------------------

    def _act(self, request: HttpRequest, mailing: Mailing, act: Any, **page: Any) -> HttpResponse:
        page = {"back": self._url(mailing)} | page
        return confirm(
            request,
            act=lambda data: act(
                **{name: value for name, value in data.items() if name in ("send_at", "counted")},
                by=request.user,
                at=timezone.now(),
            ),
            template="admin/confirm.html",
            context={**self._around(request, mailing), "letters": None},
            **page,
        )

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        return self._act(
            request,
            mailing,
            lambda **who: services.send_test(mailing_id=pk, **who),
            title=_("Send yourself a test copy"),
            act_text=_("Send me a test copy"),
            consequences=[
                _("One letter in each language goes to %(address)s.")
                % {"address": request.user.email},
                _("Its fields hold what the first recipient would read there."),
            ],
            done=gettext_lazy("The test copy is on its way to you."),
        )

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        return self._act(
            request,
            mailing,
            lambda **who: services.read_list_again(mailing_id=pk, **who),
            title=_("Read the list again"),
            act_text=_("Read the list again"),
            consequences=[
                _("The rows of the list stay; who stands behind them is read as of now."),
                _("Who was left out by hand stays left out."),
            ],
            done=gettext_lazy("The recipients are up to date."),
        )

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Now or at a time; what goes to almost everybody is asked once more on another page."""
        mailing = self._mailing(request, pk)
        if not mailing.is_draft:
            return redirect(self._url(mailing))
        form = SendForm(request.POST or None)
        at = timezone.now()
        twice = services.asks_twice(mailing, at=at)
        if twice and request.method == "POST" and form.is_valid():
            send_at = form.cleaned_data["send_at"]
            query = f"?{urlencode({'send_at': send_at.isoformat()})}" if send_at else ""
            return redirect(self._url(mailing, "everybody") + query)
        return self._send(
            request,
            mailing,
            form,
            title=_("Send the mailing"),
            act_text=_("Go on") if twice else _("Send"),
            more=[_("It goes to almost everybody: the next page asks once more.")] if twice else [],
        )

    def everybody(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        if not mailing.is_draft:
            return redirect(self._url(mailing))
        send_at = _hour(request.GET.get("send_at", ""))
        if "send_at" in request.GET and send_at is None:
            return redirect(self._url(mailing, "send"))  # rather than send it at once
        more = [_("This goes to almost everybody of those to whom it could.")]
        if send_at is not None:
            when = formats.date_format(send_at, "DATETIME_FORMAT")
            more.append(_("It goes out by itself on %(when)s.") % {"when": when})
        return self._send(
            request,
            mailing,
            CountForm(request.POST or None),
            title=_("Send the mailing to almost everybody"),
            act_text=_("Send"),
            more=more,
            send_at=send_at,
            danger=True,
        )

    def _send(
        self,
        request: HttpRequest,
        mailing: Mailing,
        form: Any,
        *,
        more: list[str],
        send_at: Any = None,
        **page: Any,
    ) -> HttpResponse:
        counts = counts_of(mailing)
        texts = [
            ngettext("%(count)d person gets it.", "%(count)d people get it.", counts["getting"])
            % {"count": counts["getting"]}
        ]
        if counts["left_out"]:
            texts.append(
                ngettext(
                    "%(count)d is left out; the page before says why.",
                    "%(count)d are left out; the page before says why each.",
                    counts["left_out"],
                )
                % {"count": counts["left_out"]}
            )
        texts.append(_("What has left cannot be fetched back. Until then you can stop it."))

        def act(data: dict[str, Any]) -> Mailing:
            pressed = data.get("pressed", "")
            return services.send(
                mailing_id=mailing.pk,
                read=int(pressed) if pressed.isdecimal() and len(pressed) < 9 else -1,
                counted=data.get("counted"),
                send_at=send_at or data.get("send_at"),
                by=request.user,
                at=timezone.now(),
            )

        return confirm(
            request,
            act=act,
            form=form,
            lead=str(mailing),
            consequences=[*more, *texts],
            pressed=str(counts["getting"]),
            done=lambda sent: (
                _("It waits for its time.")
                if sent.status == MailingStatus.SCHEDULED
                else _("The mailing is on its way.")
            ),
            back=self._url(mailing),
            template="admin/confirm.html",
            context={**self._around(request, mailing), "letters": None},
            **page,
        )

    def take_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        return self._act(
            request,
            mailing,
            lambda **who: services.take_back(mailing_id=pk, **who),
            title=_("Take back the mailing"),
            act_text=_("Take back"),
            consequences=[_("It does not go out by itself, and is a draft again.")],
            done=gettext_lazy("The mailing is a draft again."),
        )

    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        return self._act(
            request,
            mailing,
            lambda **who: services.stop_mailing(mailing_id=pk, **who),
            title=_("Stop the mailing"),
            act_text=_("Stop"),
            consequences=[
                _("Letters that wait stay unsent, for good, and say so."),
                _("A letter that is being sent at this moment goes."),
            ],
            done=gettext_lazy("The mailing is stopped."),
            danger=True,
        )

    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self._mailing(request, pk)
        return self._act(
            request,
            mailing,
            lambda **who: services.discard_mailing(mailing_id=pk, **who),
            title=_("Discard the mailing"),
            act_text=_("Discard"),
            consequences=[_("The draft and its attachments are gone. Nobody has got it.")],
            done=gettext_lazy("The mailing is discarded."),
            back=self._url(mailing),
            onward=lambda _result: reverse("admin:mailings_mailing_changelist"),
            danger=True,
        )

    def _recipient(self, request: HttpRequest, pk: int) -> MailingRecipient:
        self._require(request)
        return found_or_404(MailingRecipient.objects.select_related("mailing"), pk)

    def leave_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        recipient = self._recipient(request, pk)
        return self._act(
            request,
            recipient.mailing,
            lambda **who: services.leave_out(recipient_id=pk, **who),
            title=_("Leave out %(person)s") % {"person": recipient},
            act_text=_("Leave out"),
            consequences=[_("This person does not get this mailing. Other letters still go.")],
            done=gettext_lazy("Left out."),
        )

    def take_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        recipient = self._recipient(request, pk)
        return self._act(
            request,
            recipient.mailing,
            lambda **who: services.take_in(recipient_id=pk, **who),
            title=_("Write to %(person)s after all") % {"person": recipient},
            act_text=_("Take in again"),
            consequences=[_("This person gets this mailing.")],
            done=gettext_lazy("Taken in again."),
        )


def _hour(sent: str) -> datetime | None:
    """The instant that an address names; None for what is none, or stands in no calendar."""
    try:
        hour = parse_datetime(sent)
        return timezone.localtime(hour) if hour is not None and timezone.is_aware(hour) else None
    except (ValueError, OverflowError):
        return None


def _kind(mailing: Mailing) -> Audience:
    kind = audience_of(mailing.audience)
    if kind is None:
        raise Http404
    return kind
