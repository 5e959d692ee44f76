"""The library of standing letters: their texts, which the secretary may say in other words.

    {% load letter %}
    {% block subject %}{% translate "Your application has arrived" %}{% endblock %}

Both tags are Django's own, and so are collected for translation like any others.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.base import render_value_in_context
from django.templatetags import i18n

from kip.mail import wording

register = template.Library()


class Translated(i18n.TranslateNode):
    """A text without fields."""

    @property
    def source(self) -> str:
        return str(self.filter_expression.var.literal).replace("%", "%%")

    @property
    def bound(self) -> Mapping[str, Any]:
        return {}

    def render(self, context: template.Context) -> str:
        said = None if self.noop or self.asvar else wording.changed(self.source)
        return super().render(context) if said is None else wording.fill(said, {})


class BlockTranslated(i18n.BlockTranslateNode):
    """A text with fields: variables of the context, or what `with` says that they are."""

    @property
    def source(self) -> str:
        return str(self.render_token_list(self.singular)[0])

    @property
    def bound(self) -> Mapping[str, Any]:
        """By name of a field, the expression that it stands for, if `with` gives one."""
        return dict(self.extra_context)

    def render(self, context: template.Context, nested: bool = False) -> str:
        said = None if self.plural or self.asvar else wording.changed(self.source)
        if said is None:
            return str(super().render(context, nested))
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        with context.push(**values):
            return wording.fill(
                said,
                {
                    name: str(render_value_in_context(context.get(name, ""), context))
                    for name in wording.fields_in(self.source)
                },
            )


@register.tag
def translate(parser: Any, token: Any) -> Translated:
    return Translated(**vars(i18n.do_translate(parser, token)))


@register.tag
def blocktranslate(parser: Any, token: Any) -> BlockTranslated:
    return BlockTranslated(**vars(i18n.do_block_translate(parser, token)))
