"""The questions that the association adds to its application form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kip.access import require
from kip.accounts.models import User
from kip.audit.acts import act
from kip.exceptions import DomainError
from members.models import Answer, Question

WHAT_IS_ASKED = ("kind", "label_fi", "label_sv", "label_en")
FIELDS = (*WHAT_IS_ASKED, "help_fi", "help_sv", "help_en", "required", "asked", "order")


@act(gettext_noop("%(who)s added a question to the application form."))
def add_question(*, facts: Mapping[str, Any], by: User, at: datetime) -> Question:
    """Ask one thing more of those who apply from now on; `facts` by field name."""
    require("members.set_questions", by, at=at)
    return Question.objects.create(**_known(facts))


@act(gettext_noop("%(who)s changed a question of the application form."))
def change_question(
    *, question_id: int, facts: Mapping[str, Any], by: User, at: datetime
) -> Question:
    """Raises `DomainError` when its words or kind would change under answers already given."""
    require("members.set_questions", by, at=at)
    question = Question.objects.select_for_update().get(pk=question_id)
    _check_answers_keep_their_question(question, facts)
    for name, value in _known(facts).items():
        setattr(question, name, value)
    question.save()
    return question


def _check_answers_keep_their_question(question: Question, facts: Mapping[str, Any]) -> None:
    """What an applicant answered stays beside what was asked.

    Raises `DomainError` on the field that would change although a submitted application answers it.
    """
    changed = [n for n in WHAT_IS_ASKED if n in facts and facts[n] != getattr(question, n)]
    if not changed:
        return
    answers = Answer.objects.filter(question=question, application__submitted_at__isnull=False)
    if answers.exists():
        raise DomainError(
            _(
                "Submitted applications have answered this question as it stands. Switch it off, "
                "and add the new one."
            ),
            field=changed[0],
        )


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := facts.keys() - set(FIELDS):
        raise ValueError(f"not fields of a question: {', '.join(sorted(unknown))}")
    return dict(facts)
