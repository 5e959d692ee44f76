"""A declaration while the broker is down: it stands at once, and the mail comes later."""

import time

from playwright.sync_api import expect

from tests.e2e.test_admission import sign_in
from tests.stack import Stack, Visitors, wait_for

# A company whose admission needs only to be declared: everyone entitled has voted.
READY = """
from datetime import timedelta
from django.utils import timezone
from board.models import Office
from board.services import matters, voting
from board.standing import Standing
from kip.accounts.models import User
from tests.members.factories import a_submitted_application
at = timezone.now()
secretary = User.objects.secretaries()[0]
application = a_submitted_application(name="Katko Oy", business_id="1234567-1", at=at)
matter = matters.bring_before_board(
    application_id=application.pk, deadline=at + timedelta(days=9), by=secretary, at=at
)
for seat_id in Standing(matter, at).board.elected:
    person = Standing(matter, at).entitlements[seat_id].seat.person
    voting.cast_vote(matter_id=matter.pk, choice="for", by=person, at=at)
print("matter", matter.pk)
"""


def test_declaring_without_a_broker(visitors: Visitors, stack: Stack) -> None:
    pk = stack.manage("shell", "-v", "0", "-c", READY).split("matter ")[1].strip()
    chair = visitors.arrive()
    sign_in(chair, "chair@kip.example", stack.demo_password)
    chair.goto(f"/board/matters/{pk}/declare/")
    on_its_way = "SELECT 1 FROM mail_outboxmail WHERE status = 'queued' AND channel = 'email'"
    wait_for(lambda: not stack.sql(on_its_way))
    before = len(stack.mails())

    stack.stop_broker()
    began = time.monotonic()
    chair.get_by_role("button", name="Declare: carried").click()
    expect(chair.get_by_role("status")).to_contain_text("stands")
    assert time.monotonic() - began < 2
    member = visitors.arrive()
    sign_in(member, "board2@kip.example", stack.demo_password)
    member.goto("/en/members/?q=Katko")
    expect(member.get_by_role("heading", name="Katko Oy")).to_be_visible()
    assert len(stack.mails()) == before

    stack.start_broker()
    wait_for(stack.is_ready, within=30)
    stack.manage("shell", "-v", "0", "-c", "from kip.mail.services import kick; kick()")
    # The resolution to ten seats and the secretary, who hears of the admission too; the applicant
    # and the contact it named; the company's two people.
    wait_for(lambda: len(stack.mails()) == before + 10 + 2 + 2 + 2, within=30)
