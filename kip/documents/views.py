import logging
import uuid

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kip.documents.forms import ArchiveSearchForm
from kip.documents.models import ArchivedDocument, Document, Readers, TextState
from kip.documents.services import archive as services
from kip.documents.services import document_for
from kip.exceptions import NotAllowed

# So many papers of the archive are on one page.
ARCHIVE_PER_PAGE = 50

logger = logging.getLogger(__name__)

# Nothing in a document may run, load, be framed or reach what else is open. Browsers' own viewers
# show PDFs and images all the same.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none';"
    " base-uri 'none'; sandbox"
)


@require_safe
def document(request: HttpRequest, pk: uuid.UUID, name: str = "") -> HttpResponseBase:
    """A document, to those who may read it; to all others there is none at this address.

    `name` is only for people and for the file that the browser saves.
    """
    try:
        found = document_for(pk=pk, user=request.user, at=timezone.now())
    except (Document.DoesNotExist, NotAllowed) as error:
        raise Http404 from error
    if found.is_erased:
        raise Http404

    inline = "inline" in request.GET and found.is_shown_by_browsers
    response = _response(request, found, inline=inline)
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def public_picture(request: HttpRequest, found: Document) -> HttpResponseBase:
    """A picture that an app shows to everybody, for a view of the app; how long it may be kept is
    for that view to say. Raises `Http404` for what is erased, or no picture.
    """
    if found.is_erased or not found.content_type.startswith("image/"):
        raise Http404
    response = _response(request, found, inline=True)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _response(request: HttpRequest, found: Document, *, inline: bool) -> HttpResponseBase:
    etag = f'"{found.sha256}"'
    response = get_conditional_response(request, etag=etag) or _file(found, inline=inline)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    return response


def _file(found: Document, *, inline: bool) -> FileResponse:
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        logger.error("document %s has lost its file", found.pk)
        raise Http404 from error
    return FileResponse(
        file, as_attachment=not inline, filename=found.name, content_type=found.content_type
    )


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Papers from before the system, to those who may read some of them; for others none."""
    readers = services.open_to(user=request.user, at=timezone.now())
    if not readers:
        raise Http404
    rows = readable = ArchivedDocument.objects.filter(readers__in=readers).listed()
    form = ArchiveSearchForm(request.GET)
    if form.is_valid():
        rows = services.search(rows, form.cleaned_data["q"])
        for name in ("year", "body", "kind"):
            if form.cleaned_data[name]:
                rows = rows.filter(**{name: form.cleaned_data[name]})
    page = Paginator(rows, ARCHIVE_PER_PAGE).get_page(request.GET.get("page"))
    in_vain = form.is_valid() and form.cleaned_data["q"] and not page.paginator.count
    return render(
        request,
        "documents/archive.html",
        {
            "form": form,
            "page_obj": page,
            "keeps": Readers.SECRETARY in readers,
            "unsearchable": (
                readable.exclude(text_state=TextState.FOUND).count() if in_vain else 0
            ),
            "breadcrumb": [(_("My KIP"), reverse("my_kip"))],
        },
    )
