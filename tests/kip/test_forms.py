"""An error says what to give, in words of the house."""

from importlib import import_module

import pytest
from django import forms

from kip.forms import EmailField, Form


class Everything(Form):
    name = forms.CharField(label="Name")
    why = forms.CharField(label="Why?")
    address = forms.EmailField()
    site = forms.URLField(assume_scheme="https")
    day = forms.DateField()
    instant = forms.DateTimeField()
    number = forms.IntegerField()
    file = forms.FileField()
    agreed = forms.BooleanField()
    one = forms.ChoiceField(choices=[("a", "A")])
    some = forms.MultipleChoiceField(choices=[("a", "A")])


def test_no_field_says_only_that_it_is_required() -> None:
    errors = Everything({}).errors
    assert set(errors) == set(Everything.base_fields)
    assert not any("required" in error for row in errors.values() for error in row)
    assert errors["name"] == ["Fill in “Name”."]
    assert errors["why"] == ["Answer the question “Why?”."]


@pytest.mark.parametrize("name", ["address", "site", "day", "instant", "number"])
def test_what_is_misread_is_asked_for_in_the_same_words(name: str) -> None:
    assert Everything({name: "?"}).errors[name] == Everything({}).errors[name]


class Addressed(Form):
    address = EmailField()


def test_an_address_that_no_row_can_hold_is_refused_in_the_form() -> None:
    longest = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".fi"
    assert Addressed({"address": longest}).is_valid()
    too_long = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".fi"
    assert len(too_long) < 320 and "address" in Addressed({"address": too_long}).errors


def test_every_address_of_the_house_has_that_length() -> None:
    """Django's own field takes 320 signs, of which the database keeps 254."""
    for name in ("members.forms.people", "members.forms.application", "board.forms"):
        module = import_module(name)
        for form in vars(module).values():
            for field in getattr(form, "base_fields", {}).values():
                assert not isinstance(field, forms.EmailField) or field.max_length <= 254
