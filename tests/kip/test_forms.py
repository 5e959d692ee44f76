"""An error says what to give, in words of the house."""

import pytest
from django import forms

from kip.forms import Form


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
