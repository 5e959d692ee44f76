"""The board's own pages: no language in the address, so that links in mail serve every reader."""

from django.urls import path

from board.views import former, matters, planning, secretary

app_name = "board"
urlpatterns = [
    path("matters/", matters.matter_list, name="matters"),
    path("former/", former.former_resolutions, name="former_resolutions"),
    path("former/<int:pk>/", former.former_resolution, name="former_resolution"),
    path("matters/new/", secretary.open_matter, name="open_matter"),
    path("matters/<int:pk>/", matters.matter, name="matter"),
    path("matters/<int:pk>/vote/", matters.vote, name="vote"),
    path("matters/<int:pk>/conflict/", matters.declare_conflict, name="declare_conflict"),
    path(
        "matters/<int:pk>/conflict/take-back/",
        matters.take_back_conflict,
        name="take_back_conflict",
    ),
    path("matters/<int:pk>/to-meeting/", matters.send_to_meeting, name="send_to_meeting"),
    path("matters/<int:pk>/declare/", matters.declare, name="declare"),
    path(
        "matters/<int:pk>/records/<int:record_id>/confirm/",
        matters.confirm_record,
        name="confirm_record",
    ),
    path("matters/<int:pk>/enter-vote/", secretary.enter_vote, name="enter_vote"),
    path("matters/<int:pk>/absence/", secretary.absence, name="absence"),
    path("matters/<int:pk>/absence/<int:seat_id>/", secretary.mark_absence, name="mark_absence"),
    path("matters/<int:pk>/record-decision/", secretary.record_decision, name="record_decision"),
    path("matters/<int:pk>/close/", secretary.close, name="close"),
    path("matters/<int:pk>/take-up-anew/", secretary.take_up_anew, name="take_up_anew"),
    path("applications/<int:application_id>/bring/", secretary.bring, name="bring"),
    path("expulsions/<int:expulsion_id>/bring/", secretary.bring_expulsion, name="bring_expulsion"),
    path("plan/", planning.latest, name="latest_plan"),
    path("plan/new/", planning.begin, name="begin_plan"),
    path("plan/<int:year>/", planning.plan, name="plan"),
    path("plan/<int:year>/meeting/", planning.meeting_day, name="plan_meeting"),
    path("plan/<int:year>/tasks/new/", planning.add, name="add_task"),
    path("plan/tasks/<int:pk>/", planning.change, name="change_task"),
    path("plan/tasks/<int:pk>/remove/", planning.remove, name="remove_task"),
    path("plan/tasks/<int:pk>/settle/", planning.settle, name="settle_task"),
    path("plan/tasks/<int:pk>/reopen/", planning.reopen, name="reopen_task"),
]
