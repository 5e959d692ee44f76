"""Standing letters: what each says in each language, in words that the secretary can change."""

import uuid
from itertools import groupby
from typing import Any

from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from kip import access
from kip.admin_site import Listed, found_or_404
from kip.content import language_name
from kip.exceptions import DomainError, add_to_form
from kip.mail import rewording, wording
from kip.mail.admin.outbox import PREVIEW
from kip.mail.confirm import confirm
from kip.mail.forms.wording import WordingForm
from kip.mail.letters import Made, case_key, stale
from kip.mail.models import LetterWording
from kip.mail.wording import Letter, standing_letters

LANGUAGES = [code for code, _name in settings.LANGUAGES]
# How long a preview of what is not saved can be looked at.
DRAFT_SECONDS = 3600


@admin.register(LetterWording)
class LetterWordingAdmin(Listed):
    """Not rows but letters: the versions of each are on its own page."""

    nothing_yet = gettext_lazy(
        "KIP sends these letters by itself. Each can be said in other words, in each language;"
        " when it is sent, and to whom, stays."
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.allowed("mail.change_wordings", request.user, at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        letter = "letters/<slug:slug>/<slug:language>/"
        return [
            path(letter, view(self.letter), name="mail_letterwording_letter"),
            path(f"{letter}html/", view(self.html), name="mail_letterwording_html"),
            path(f"{letter}original/", view(self.original), name="mail_letterwording_original"),
            path("<int:pk>/restore/", view(self.restore), name="mail_letterwording_restore"),
            *super().get_urls(),
        ]

    # --- The letters ------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every standing letter, by the part of the association that sends it."""
        self._require(request)
        newest = {
            (row.template, row.language): row
            for row in LetterWording.objects.newest().select_related("by")
        }
        rows = [
            {
                "title": Made(letter).title(),
                "letter": letter,
                "languages": [
                    _standing(letter, language, newest.get((letter.template, language)))
                    for language in LANGUAGES
                ],
            }
            for letter in standing_letters
        ]
        groups = [
            (str(group), list(of_it))
            for group, of_it in groupby(rows, key=lambda row: row["letter"].group)
        ]
        return self._render(
            request,
            "change_list",
            title=_("Standing letters"),
            lead=self.nothing_yet,
            groups=groups,
            columns=[language_name(code) for code in LANGUAGES],
            kept=dict.fromkeys(standing_letters.unchangeable.values()),
        )

    # --- One letter in one language ---------------------------------------------------------------

    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def letter(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        """Change its words: looked at as often as wished, and saved as a new version."""
        letter = self._letter(request, slug, language)
        versions = LetterWording.objects.filter(template=letter.template, language=language)
        newest = versions.select_related("by").order_by("-version").first()
        now, made = (newest.pieces if newest else {}), Made(letter)
        form = WordingForm(
            request.POST or None,
            made=made,
            language=language,
            pieces=now,
            seen=newest.version if newest else 0,
        )
        page = _page(letter, language)
        shown = made.preview(language, now, form.so)
        frame = f"{page}html/"
        draft = overtaken = False
        if request.method == "POST" and form.is_valid():
            if "save" in request.POST:
                try:
                    self._save(request, form, letter)
                    return redirect(page)
                except DomainError as error:
                    if isinstance(error, rewording.WrittenMeanwhile):
                        overtaken = True
                        newest = versions.select_related("by").order_by("-version").first()
                        now = newest.pieces if newest else {}
                        form.reads_now(newest.version if newest else 0)
                    add_to_form(form, error)
            shown, draft = made.preview(language, form.pieces, form.so), True
            token = uuid.uuid4().hex
            cache.set(f"letter-draft:{token}", shown.html, timeout=DRAFT_SECONDS)
            frame = f"{page}html/?draft={token}"
        return self._render(
            request,
            "letter",
            title=made.title(),
            letter=letter,
            language=language,
            language_name=language_name(language),
            form=form,
            parts=_shown(made, form, now, overtaken=overtaken),
            cases=[
                (case_key(name), case.words, form.so[name]) for name, case in made.cases().items()
            ],
            newest=newest,
            stale=[
                (wording.in_braces(source), text) for source, text in stale(letter, now).items()
            ],
            draft=draft,
            shown=shown,
            frame=frame,
            others=[
                (language_name(code), _page(letter, code), code == language) for code in LANGUAGES
            ],
            page_obj=Paginator(versions.select_related("by"), 20).get_page(request.GET.get("page")),
        )

    def _save(self, request: HttpRequest, form: WordingForm, letter: Letter) -> None:
        rewording.change_wording(
            letter=letter,
            language=form.language,
            pieces=form.pieces,
            seen=form.cleaned_data["seen"],
            note=form.cleaned_data["note"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("Saved. Letters say it so from now on."))
        for part in form.made.pieces.values():
            if warning := form.left_out(part):
                messages.warning(request, warning)

    @method_decorator([require_safe, xframe_options_sameorigin, csp(PREVIEW)])
    def html(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        """The HTML part of a preview, on a page of its own that can do nothing."""
        letter = self._letter(request, slug, language)
        if token := request.GET.get("draft"):
            html = cache.get(f"letter-draft:{token}"[:80])
            if html is None:
                return HttpResponse(_("This preview is too old: preview again."), status=404)
            return HttpResponse(html)
        versions = LetterWording.objects.filter(template=letter.template, language=language)
        if asked := request.GET.get("version"):
            pieces = found_or_404(versions, asked).pieces
        else:
            newest = versions.order_by("-version").first()
            pieces = newest.pieces if newest else {}
        return HttpResponse(Made(letter).preview(language, pieces).html)

    def original(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        letter = self._letter(request, slug, language)
        seen = _newest_number(letter, language)
        return self._confirm(
            request,
            letter,
            language,
            title=_("Back to the original"),
            act_text=_("Back to the original"),
            consequences=[
                _("The letter reads as the program has it, in this language."),
                _("The wording that holds now stays among the versions, to be taken up again."),
            ],
            seen=seen,
            act=lambda seen: rewording.back_to_original(
                letter=letter, language=language, seen=seen, by=request.user, at=timezone.now()
            ),
            done=gettext_lazy("The letter has its own words again."),
        )

    # --- One version ------------------------------------------------------------------------------

    @method_decorator(require_safe)
    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """How the letter read, or reads, in this version."""
        version, letter = self._version(request, object_id)
        made, page = Made(letter), _page(letter, version.language)
        return self._render(
            request,
            "version",
            title=str(version),
            version=version,
            letter=letter,
            letter_title=made.title(),
            page=page,
            language=version.language,
            language_name=language_name(version.language),
            is_newest=version.version == _newest_number(letter, version.language),
            shown=made.preview(version.language, version.pieces),
            frame=f"{page}html/?version={version.pk}",
        )

    def restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        version, letter = self._version(request, pk)
        gone = stale(letter, version.pieces)
        return self._confirm(
            request,
            letter,
            version.language,
            title=_("Take up version %(number)d again") % {"number": version.version},
            act_text=_("Take it up again"),
            consequences=[
                _("Letters say it so from now on, in this language."),
                _("The wording that holds now stays among the versions, to be taken up again."),
                *([_("Texts that the letter no longer has are left out.")] if gone else []),
            ],
            seen=_newest_number(letter, version.language),
            act=lambda seen: rewording.restore_wording(
                letter=letter, version_id=pk, seen=seen, by=request.user, at=timezone.now()
            ),
            done=gettext_lazy("Letters say it so from now on."),
        )

    # --- What they have in common -----------------------------------------------------------------

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _letter(self, request: HttpRequest, slug: str, language: str) -> Letter:
        self._require(request)
        letter = standing_letters.by_slug(slug)
        if letter is None or language not in LANGUAGES:
            raise Http404
        return letter

    def _version(self, request: HttpRequest, pk: Any) -> tuple[LetterWording, Letter]:
        self._require(request)
        version = found_or_404(LetterWording.objects.select_related("by"), pk)
        letter = standing_letters.get(version.template)
        if letter is None:
            raise Http404
        return version, letter

    def _confirm(
        self,
        request: HttpRequest,
        letter: Letter,
        language: str,
        *,
        seen: int,
        act: Any,
        **page: Any,
    ) -> HttpResponse:
        back = _page(letter, language)
        return confirm(
            request,
            act=lambda data: act(int(data["pressed"]) if data["pressed"].isdecimal() else -1),
            pressed=str(seen),
            back=back,
            template="admin/confirm.html",
            context={
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "letters": None,
                "trail": [
                    (_("Standing letters"), reverse("admin:mail_letterwording_changelist")),
                    (f"{Made(letter).title()} ({language_name(language)})", back),
                ],
            },
            **page,
        )

    def _render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        return render(
            request, f"admin/mail/letterwording/{template}.html", {**everywhere, **context}
        )


def _page(letter: Letter, language: str) -> str:
    return reverse("admin:mail_letterwording_letter", args=[letter.slug, language])


def _newest_number(letter: Letter, language: str) -> int:
    versions = LetterWording.objects.filter(template=letter.template, language=language)
    return versions.order_by("-version").values_list("version", flat=True).first() or 0


def _standing(letter: Letter, language: str, newest: LetterWording | None) -> dict[str, Any]:
    """Where one letter stands in one language, for the list."""
    return {
        "language": language_name(language),
        "url": _page(letter, language),
        "changed": newest if newest is not None and newest.pieces else None,
        "stale": bool(newest is not None and stale(letter, newest.pieces)),
    }


def _shown(made: Made, form: WordingForm, now: Any, *, overtaken: bool) -> list[dict[str, Any]]:
    """The letter in its order, for the page: fields to write in, and what is filled in.

    `overtaken`: somebody else has saved meanwhile, so what it reads now stands beside what differs.
    """
    rows = []
    for part in made.shown():
        if not part.source:
            label = made.field(part.expression).label
            rows.append({"fixed": label, "when": made.when(part), "repeated": part.repeated})
            continue
        examples = made.examples(part)
        field = form[wording.key(part.source)]
        reads = now.get(part.source, part.original(form.language))
        rows.append(
            {
                "id": f"about-{field.name}",
                "field": field,
                "reads": reads if overtaken and reads != wording.tidy(field.value()) else None,
                "original": part.original(form.language),
                "changed": part.source in now,
                "when": made.when(part),
                "repeated": part.repeated,
                "warning": form.left_out(part),
                "fields": [
                    (f"{{{bound.name}}}", made.field(bound.expression).label, examples[bound.name])
                    for bound in part.fields
                ],
            }
        )
    return rows
