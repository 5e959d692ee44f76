"""The secretary's pages for applications and members.

What has a status is read-only here; every act asks once on its own page and calls a service.
"""

from members.admin.applications import ApplicationAdmin
from members.admin.members import MemberAdmin
from members.admin.questions import QuestionAdmin

__all__ = ["ApplicationAdmin", "MemberAdmin", "QuestionAdmin"]
