"""Ask once before an act that cannot be undone, on a page that says who will get which mail.

The letters are not foretold but rehearsed: the act is carried out, its letters are noted, and all
of it is undone (`kip.mail.services.rehearse`).
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kip.exceptions import DomainError, InvalidTransition, NotAllowed, add_to_form
from kip.mail.services import Rehearsed, rehearse

Text = str | Promise


def confirm(
    request: HttpRequest,
    *,
    title: Text,
    act_text: Text,
    act: Callable[[dict[str, Any]], Any],
    done: Text | Callable[[Any], Text],
    back: str,
    form: forms.BaseForm | None = None,
    sample: dict[str, Any] | None = None,
    consequences: Sequence[Text] = (),
    lead: Text = "",
    danger: bool = False,
    pressed: str = "",
    onward: Callable[[Any], str] | None = None,
    template: str = "confirm.html",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the confirmation page, or carry out the act and go back.

    `act` gets the form's cleaned data (`sample` when it is rehearsed for the page). `done` is the
    message afterwards; `back` the page to return to, `onward` the page of what was made. What the
    rules refuse stands beside what was typed, and nothing typed is lost.

    A page acts once: a second press of its button, with or without scripts, does nothing. `pressed`
    is what the button sends, and `act` gets it as "pressed": so that a page that has become stale
    cannot act on something else than what stood on it.

    Who gets mail may depend on what is typed: with "letters": None in `context` the page promises
    nothing, and `consequences` say it in words. With a `sample` the act is rehearsed all the same,
    so that a page on which nothing can be done does not open.
    """
    form = form if form is not None else forms.Form()
    once = request.POST.get("once", "")[:32] or uuid.uuid4().hex
    if request.method == "POST" and (not form.fields or form.is_valid()):
        if not cache.add(f"pressed:{once}", 1, timeout=3600):
            messages.info(request, _("This was done already."))
            return redirect(back)
        data = dict(form.cleaned_data) if form.fields else {}
        if pressed:
            data["pressed"] = request.POST.get("pressed", "")
        try:
            result = act(data)
        except Exception as error:
            cache.delete(f"pressed:{once}")  # nothing was done: it may be pressed again
            if not isinstance(error, DomainError):
                raise
            if not form.fields:
                return _refused(request, error, back)
            add_to_form(form, error)
        else:
            messages.success(request, str(done(result) if callable(done) else done))
            return redirect(onward(result) if onward else back)
    letters: list[Rehearsed] | None = None
    try:
        if sample is not None or "letters" not in (context or {}):
            letters = rehearse(
                lambda: act((sample or {}) | ({"pressed": pressed} if pressed else {}))
            )
    except (InvalidTransition, NotAllowed) as error:
        if request.method != "POST":
            return _refused(request, error, back)
    except DomainError:
        pass  # it is the sample that is refused; what is typed may be possible
    return render(
        request,
        template,
        {
            "title": title,
            "act_text": act_text,
            "cancel_url": back,
            "form": form if form.fields else None,
            "consequences": consequences,
            "letters": letters,
            "lead": lead,
            "danger": danger,
            "once": once,
            "pressed": pressed,
            **(context or {}),
        },
    )


def _refused(request: HttpRequest, error: DomainError, back: str) -> HttpResponse:
    """Whatever was typed, it is not possible (any more): say so where things stand now."""
    messages.error(request, str(error))
    return redirect(back)
