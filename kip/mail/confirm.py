"""Ask once before an act that cannot be undone, on a page that says who will get which mail.

The letters are not foretold but rehearsed: the act is carried out, its letters are noted, and all
of it is undone (`kip.mail.services.rehearse`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from kip.exceptions import DomainError, add_to_form
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
    onward: Callable[[Any], str] | None = None,
    template: str = "confirm.html",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the confirmation page, or carry out the act and go back.

    `act` gets the form's cleaned data (`sample` when it is rehearsed for the page). `done` is the
    message afterwards; `back` the page to return to, `onward` the page of what was made. What the
    rules refuse stands beside what was typed, and nothing typed is lost.
    """
    form = form if form is not None else forms.Form()
    refusal = ""
    if request.method == "POST" and (form.is_valid() or not form.fields):
        try:
            result = act(form.cleaned_data if form.fields else {})
        except DomainError as error:
            if form.fields:
                add_to_form(form, error)
            refusal = str(error)
        else:
            messages.success(request, str(done(result) if callable(done) else done))
            return redirect(onward(result) if onward else back)
    letters: list[Rehearsed] | None = None
    impossible = False
    try:
        letters = rehearse(lambda: act(sample or {}))
    except DomainError as error:
        impossible = not form.fields
        refusal = refusal or str(error)
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
            "refusal": "" if form.errors else refusal,
            "impossible": impossible,
            "lead": lead,
            "danger": danger,
            **(context or {}),
        },
        status=409 if refusal and request.method == "POST" and not form.errors else 200,
    )
