"""Who stands for a company: what its primary representative and the secretary fill in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kip.accounts.models import User
from kip.forms import EmailField, Form
from kip.widgets import DateInput
from members.forms.application import PHONE
from members.models import RepresentativeRole
from members.services import Holding, Who

NEW = "new"


class NewPersonFields(Form):
    """Somebody by name and e-mail address, for where a person is chosen or written down."""

    given_name = forms.CharField(label=gettext_lazy("Given name"), max_length=100, required=False)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=100, required=False)
    email = EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        help_text=gettext_lazy(
            "If KIP knows somebody with this address, it is that person, under the name known."
        ),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone (optional)"), max_length=40, required=False, validators=[PHONE]
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=User._meta.get_field("language").choices,
        help_text=gettext_lazy("In which a new person reads what the association writes."),
    )
    needs_address = True

    def _check_new_person(self, data: dict[str, Any]) -> None:
        """What must be known of somebody who is not chosen from a list."""
        for name in ("given_name", "family_name", "email"):
            if not data.get(name) and name not in self.errors:
                if name == "email" and not self.needs_address:
                    continue
                self.add_error(name, self._missing(name))

    def _missing(self, name: str) -> str:
        if name == "email":
            return _("Write an e-mail address, like name@company.example.")
        return _("Write the name of the person.")

    def _new_person(self) -> Who:
        names = ("email", "given_name", "family_name", "phone", "language")
        return Who(**{name: value for name in names if (value := self.cleaned_data.get(name))})


class WhoForm(NewPersonFields):
    """Whom a company names: one of its people, or somebody new to it.

    `people` are those of the company; `needs_address` is false for the secretary, who may know
    somebody without an e-mail address.
    """

    person = forms.TypedChoiceField(
        label=gettext_lazy("Who"), required=False, coerce=int, empty_value=None
    )
    since = forms.DateField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("From the beginning of this day, in Finnish time."),
        widget=DateInput(),
    )
    field_order = ["person", "given_name", "family_name", "email", "phone", "language", "since"]

    def __init__(
        self, *args: Any, people: Sequence[User], needs_address: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.needs_address = needs_address
        somebody_else = [("", _("Somebody else, as written below"))]
        self.fields["person"].choices = [*somebody_else, *((p.pk, str(p)) for p in people)]
        if not people:
            del self.fields["person"]
        if not needs_address:
            self.fields["email"].label = _("E-mail address (optional)")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        written = any(data.get(name) for name in ("given_name", "family_name", "email"))
        if data.get("person"):
            if written:
                self.add_error("person", _("Choose a person, or write somebody else: not both."))
        elif not self.is_bare_address(data):
            self._check_new_person(data)
        return data

    def is_bare_address(self, data: dict[str, Any]) -> bool:
        return False

    @property
    def who(self) -> Who:
        chosen = self.cleaned_data.get("person")
        return Who(person_id=chosen) if chosen else self._new_person()


class NameForm(WhoForm):
    # No role is chosen beforehand: the first of them would end somebody else's.
    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=[("", gettext_lazy("Choose a role")), *RepresentativeRole.choices],
        help_text=gettext_lazy("For billing an e-mail address without a name is enough."),
    )
    until = forms.DateField(
        label=gettext_lazy("Until (optional)"),
        required=False,
        help_text=gettext_lazy("The first day without the role. Leave empty if no end is known."),
        widget=DateInput(),
    )
    field_order = ["role", *WhoForm.field_order, "until"]

    def is_bare_address(self, data: dict[str, Any]) -> bool:
        names = (data.get("given_name"), data.get("family_name"))
        return data.get("role") == RepresentativeRole.BILLING and bool(
            data.get("email") and not any(names)
        )


class HandOverForm(WhoForm):
    ground = forms.CharField(
        label=gettext_lazy("What this rests on"),
        max_length=300,
        help_text=gettext_lazy(
            "E.g. “Letter of the managing director, 3 May 2027”. Kept with the role that ends, and"
            " told to whoever had it."
        ),
    )


class DatesForm(Form):
    """Of a role that has begun, its first day is shown, and sent back as it is."""

    since = forms.DateField(label=gettext_lazy("From"), widget=DateInput())
    until = forms.DateField(
        label=gettext_lazy("Until (optional)"),
        required=False,
        help_text=gettext_lazy("The first day without the role. Leave empty if no end is known."),
        widget=DateInput(),
    )

    def __init__(self, *args: Any, has_begun: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_begun:
            self.fields["since"].widget.attrs["readonly"] = True
            self.fields["since"].help_text = _("The role has begun: this day stays.")


class EndRoleForm(Form):
    until = forms.DateField(
        label=gettext_lazy("First day without the role"),
        help_text=gettext_lazy("It ends as this day begins, in Finnish time."),
        widget=DateInput(),
    )


class SettleForm(NewPersonFields):
    """One choice for everything that a person holds, and one day for all of them."""

    on = forms.DateField(
        label=gettext_lazy("From which day?"),
        help_text=gettext_lazy("The first day on which the person no longer holds it."),
        widget=DateInput(),
    )

    def __init__(
        self, *args: Any, held: Sequence[tuple[Holding, Sequence[User]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.held = [holding for holding, _people in held]
        for holding, people in held:
            self.fields[holding.key] = self._choice(holding, people)
        of_somebody_new = list(NewPersonFields.base_fields)
        if any(holding.may_move for holding in self.held):
            del self.fields["phone"]
            of_somebody_new.remove("phone")
            for name in of_somebody_new:
                self.fields[name].label = _("Somebody new: %(field)s") % {
                    "field": self.fields[name].label
                }
            self.fields["given_name"].help_text = _(
                "Only if something passes to who is not in the lists."
            )
        else:
            for name in of_somebody_new:
                del self.fields[name]
        self.order_fields(["on", *(holding.key for holding in self.held)])

    @staticmethod
    def _choice(holding: Holding, people: Sequence[User]) -> forms.ChoiceField:
        choices: list[tuple[Any, Any]] = [("", _("Keep")), ("end", _("End"))]
        if holding.may_move:
            there = [(f"{person.pk}", str(person)) for person in people]
            choices.append((_("Pass to"), [*there, (NEW, _("Somebody new, as written below"))]))
        return forms.ChoiceField(
            label=holding.text,
            help_text=_("Since %(day)s") % {"day": formats.date_format(holding.since)},
            choices=choices,
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(data.get(holding.key) == NEW for holding in self.held):
            self._check_new_person(data)
        return data

    @property
    def choices(self) -> dict[str, Who | None]:
        """As `settle_holdings` takes them: what is kept is not among them."""
        typed = {holding.key: self.cleaned_data[holding.key] for holding in self.held}
        return {key: self._meant(choice) for key, choice in typed.items() if choice}

    def _meant(self, choice: str) -> Who | None:
        if choice == "end":
            return None
        return self._new_person() if choice == NEW else Who(person_id=int(choice))
