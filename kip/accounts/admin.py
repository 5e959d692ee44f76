"""People and their invitations, as the secretary sees them."""

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip import finding
from kip.access import allowed
from kip.accounts import services
from kip.accounts.forms import BY_EMAIL_ANYHOW, AddressForm, about_the_address
from kip.accounts.models import Invitation, User
from kip.admin_site import ByService, Listed, in_words, yes_or_no
from kip.desk import about, holds
from kip.forms import ModelForm
from kip.mail.confirm import confirm
from kip.mail.models import OutboxMail, StoppedAddress
from kip.mail.services import address_offered
from kip.ordering import by_person

# Only the program itself needs these rows; the secretary's group is given by an act.
for model in (EmailAddress, EmailConfirmation, Authenticator, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


LETTERS_SHOWN = 10  # that came back
MAY_SIGN_IN = in_words(User, "is_active")
IS_SUPERUSER = in_words(User, "is_superuser")


def state_of(invitation: Invitation) -> str:
    """In plain words, where an invitation stands."""
    if invitation.accepted_at is not None:
        return _("accepted")
    return _("waits for an answer") if invitation.is_valid(timezone.now()) else _("link expired")


@admin.register(User)
class PersonAdmin(ByService):
    nothing_yet = gettext_lazy(
        "Everybody whom the association knows will be here, also who never signs in."
    )
    list_display = ["name_shown", "email", "language", "address_proved", MAY_SIGN_IN]
    form = ModelForm
    list_display_links = ["name_shown"]
    list_filter = ["is_active", "language", "channel"]
    search_fields = ["found_by"]
    ordering = [*by_person(), "pk"]
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
        return super().get_queryset(request).annotate(proved=Exists(proved))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        # Each person once; a double's own page opens all the same, for history leads to it.
        return finding.find(queryset.filter(double_of=None), search_term).rows, False

    @admin.display(description=gettext_lazy("person"), ordering=by_person()[0])
    def name_shown(self, person: User) -> str:
        return str(person)

    @admin.display(description=gettext_lazy("address proved"), ordering="proved")
    def address_proved(self, person: User) -> str:
        return yes_or_no(person.proved)  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        details = ["given_name", "family_name", "email", "phone", "language"]
        details += ["channel", "postal_address"]
        if obj is None:
            return [(None, {"fields": details})]
        flags = self._fixed_flags(request, obj) or ["is_active", "is_superuser"]
        if not request.user.is_superuser:  # type: ignore[union-attr]
            flags = flags[:1]
        sign_in = [*flags, "address_proved", "last_login", "known_since"]
        return [(None, {"fields": details}), (_("Signing in"), {"fields": sign_in})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[Any]:
        if obj is None:
            return []
        # Who owns the address proves it; nobody else may point somebody's sign-in elsewhere.
        fixed = ["email", "address_proved", "last_login", "known_since"]
        return [*fixed, *self._fixed_flags(request, obj)]

    @staticmethod
    def _fixed_flags(request: HttpRequest, person: User) -> list[Any]:
        """Nobody shuts themself out, and only superusers decide about superusers."""
        by: Any = request.user
        own_or_higher = person == by or (person.is_superuser and not by.is_superuser)
        return [MAY_SIGN_IN, IS_SUPERUSER] if own_or_higher else []

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        offered = address_offered(obj, at=timezone.now()) if obj is not None else []
        form.base_fields["postal_address"].help_text = about_the_address(offered)
        form.base_fields["channel"].help_text = BY_EMAIL_ANYHOW
        return form

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        by: Any = request.user
        at = timezone.now()
        names = ("given_name", "family_name", "phone", "channel", "postal_address")
        details = {name: getattr(obj, name) for name in names}
        if not change:
            person = services.name_person(
                **details, email=obj.email, language=obj.language, by=by, at=at
            )
            obj.pk = person.pk
            return
        services.update_profile(person=obj, **details, language=obj.language, by=by, at=at)
        services.set_sign_in(
            person=obj, is_active=obj.is_active, is_superuser=obj.is_superuser, by=by, at=at
        )

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/secretary/",
                self.admin_site.admin_view(self.secretary_view),
                name="accounts_user_secretary",
            ),
            path(
                "<int:pk>/address/",
                self.admin_site.admin_view(self.address_view),
                name="accounts_user_address",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        at = timezone.now()
        person = User.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        invitations = (
            Invitation.objects.filter(person_id=object_id) if object_id.isdecimal() else []
        )
        return super().change_view(
            request,
            object_id,
            form_url,
            {
                "may_look_after": allowed("accounts.look_after", request.user, at=at),
                "invitations": [(invited, state_of(invited)) for invited in invitations],
                "pages": about(person=person, user=request.user, at=at) if person else [],
                "held": [text for texts in holds(person=person, at=at) for text in texts]
                if person
                else [],
                **self._came_back(request, person, at),
                **(extra_context or {}),
            },
        )

    @staticmethod
    def _came_back(request: HttpRequest, person: User | None, at: datetime) -> dict[str, Any]:
        """For who looks after mail: what came back, and whether anything is sent."""
        if person is None or not allowed("mail.view", request.user, at=at):
            return {}
        return {
            "came_back": OutboxMail.objects.came_back().filter(reader=person)[:LETTERS_SHOWN],
            "stopped": StoppedAddress.objects.stopped([person.email]).first(),
        }

    def address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another e-mail address, while the person has not proved theirs."""
        person = get_object_or_404(User, pk=pk)
        by: Any = request.user
        texts = []
        if person.invitations.waiting().exists():
            texts.append(_("The invitation is sent to it anew; the earlier link stops working."))
        return confirm(
            request,
            title=_("Change %(person)s’s e-mail address") % {"person": person},
            lead=_("Now: %(address)s") % {"address": person.email or "–"},
            consequences=[
                _("From now on letters go to the new address."),
                *texts,
                _("What was written before is not sent to it."),
            ],
            act_text=_("Change the address"),
            form=AddressForm(request.POST or None),
            sample={"email": ""},
            act=lambda data: services.change_address(
                person=person, email=data["email"], by=by, at=timezone.now()
            ),
            done=_("The address is changed."),
            back=reverse("admin:accounts_user_change", args=[pk]),
            template="admin/confirm.html",
            context={**_around(self, request, person), "letters": None},
        )

    def secretary_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make somebody secretary, or end that: superusers only, asked once."""
        person = get_object_or_404(User, pk=pk)
        ending = person.is_secretary
        service = services.end_secretary if ending else services.make_secretary
        back = reverse("admin:accounts_user_change", args=[pk])
        by: Any = request.user
        title = (
            _("End %(person)s’s work as secretary") if ending else _("Make %(person)s secretary")
        )
        return confirm(
            request,
            title=title % {"person": person},
            consequences=[
                _("The person cannot enter the administration any more.")
                if ending
                else _(
                    "The person sees everything that is in the administration and may act there."
                )
            ],
            act_text=_("End the work as secretary") if ending else _("Make secretary"),
            act=lambda data: service(person=person, by=by, at=timezone.now()),
            done=_("Done."),
            back=back,
            template="admin/confirm.html",
            context=_around(self, request, person),
        )


@admin.register(Invitation)
class InvitationAdmin(Listed):
    nothing_yet = gettext_lazy("Invitations to sign in will be here, from when they are sent.")
    list_display = ["person", "what_for", "invited_by", "sent_at", "valid_until", "state"]
    list_select_related = ["person", "invited_by"]
    list_filter = [("accepted_at", admin.EmptyFieldListFilter)]
    search_fields = ["person__given_name", "person__family_name", "person__email"]
    date_hierarchy = "created_at"
    list_per_page = 50
    actions = None
    fields = readonly_fields = [
        "person",
        "what_for",
        "invited_by",
        "created_at",
        "sent_at",
        "renewals",
        "valid_until",
        "accepted_at",
        "state",
    ]

    @admin.display(description=gettext_lazy("What for"))
    def what_for(self, invitation: Invitation) -> str:
        return invitation.what_for

    @admin.display(description=gettext_lazy("State"))
    def state(self, invitation: Invitation) -> str:
        return state_of(invitation)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/renew/",
                self.admin_site.admin_view(self.renew_view),
                name="accounts_invitation_renew",
            ),
            *super().get_urls(),
        ]

    def renew_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a new personal link, asked once."""
        invited = get_object_or_404(Invitation.objects.select_related("person"), pk=pk)
        back = reverse("admin:accounts_user_change", args=[invited.person_id])
        by: Any = request.user
        return confirm(
            request,
            title=_("Send %(person)s a new link") % {"person": invited.person},
            consequences=[
                _("The new link is valid for 14 days."),
                _("Older links of this invitation stop working."),
            ],
            act_text=_("Send a new link"),
            act=lambda data: services.renew_invitation(
                invitation=invited, by=by, at=timezone.now()
            ),
            done=_("A new link is on its way."),
            back=back,
            template="admin/confirm.html",
            context=_around(self, request, invited.person),
        )


def _around(model_admin: admin.ModelAdmin, request: HttpRequest, person: User) -> dict[str, Any]:
    """What a confirmation page needs of the admin around it."""
    return {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "trail": [
            (User._meta.verbose_name_plural, reverse("admin:accounts_user_changelist")),
            (str(person), reverse("admin:accounts_user_change", args=[person.pk])),
        ],
    }
