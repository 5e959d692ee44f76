"""How companies are shown: `application` where one stands, `company` what is known of a member,
`leaving` how a membership ends.
"""

from members.presentation.application import (
    TONES,
    Section,
    answers_to_check,
    consequences_of_asking,
    consequences_of_withdrawing,
    nobody_reads_mail,
    progress,
    sections_to_check,
    what_submitting_does,
)
from members.presentation.company import activity_facts, company_facts, country_name
from members.presentation.leaving import (
    EXPULSION_TONES,
    consequences_of_ending,
    expulsion_facts,
    resignation_facts,
)

__all__ = [
    "EXPULSION_TONES",
    "TONES",
    "Section",
    "activity_facts",
    "answers_to_check",
    "company_facts",
    "consequences_of_asking",
    "consequences_of_ending",
    "consequences_of_withdrawing",
    "country_name",
    "expulsion_facts",
    "nobody_reads_mail",
    "progress",
    "resignation_facts",
    "sections_to_check",
    "what_submitting_does",
]
