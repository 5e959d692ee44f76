"""Where a mail server hands messages over by HTTP; `manage.py receive_mail` does it without."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kip.mail import receiving
from kip.mail.dsn import READ_BYTES

# A letter may come back whole, with what was attached to it. Only its beginning is read.
MOST_BYTES = 50 * 1024 * 1024


@login_not_required
@csrf_exempt  # no browser comes here, and no cookie is looked at: the token says who it is
@never_cache
@require_POST
def receive_mail(request: HttpRequest) -> HttpResponse:
    """Take in the message that is the body: 200 when it was taken, and need not come again.

    404 while `MAIL_RECEIVE_TOKEN` is empty, 401 without that token, 411 without a length (a body in
    chunks is not read), 400 for an empty body, 413 for what is too large, 429 for too many at once,
    503 when the message is to come again in a minute.
    """
    if not settings.MAIL_RECEIVE_TOKEN:
        raise Http404
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    known = scheme.lower() == "bearer" and constant_time_compare(
        token.strip(), settings.MAIL_RECEIVE_TOKEN
    )
    # Who guesses is slowed down by address; who has the token may come ten times a second.
    limits = {"receive_mail": "600/m/key"} if known else {"receive_mail_guess": "20/m/ip"}
    (action,) = limits
    if not ratelimit.consume(
        request, app="kip.mail", action=action, config=limits, key="server", limit_get=True
    ):
        return _plain("too many at once", 429, retry_after=60)
    if not known:
        refused = _plain("the token is missing or wrong", 401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return _plain("say how long the message is", 411)
    if int(length) > MOST_BYTES:
        return _plain("too large", 413)
    message = request.read(READ_BYTES)
    if not message:
        return _plain("there is no message", 400)
    try:
        taken = receiving.receive(message, by=None, at=timezone.now())
    except receiving.ComeAgain:
        return _plain("come again", 503, retry_after=60)
    return _plain(taken.value, 200)


def _plain(text: str, status: int, *, retry_after: int = 0) -> HttpResponse:
    response = HttpResponse(f"{text}\n", content_type="text/plain", status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response
