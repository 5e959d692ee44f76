"""The pages of applicants and of a member company's people, under /my/."""

from django.urls import path

from members.views import (
    changes,
    checking,
    company,
    drafting,
    fees,
    following,
    leaving,
    people,
    register,
    search,
    settling,
)

urlpatterns = [
    path("search/", search.find, name="search"),
    path("companies/<int:number>/", company.own_company, name="own_company"),
    path("companies/<int:number>/facts/<slug:part>/", company.own_facts, name="own_facts"),
    path("companies/<int:number>/logo/", company.own_logo, name="own_logo"),
    path("companies/<int:number>/papers/", company.own_papers, name="own_papers"),
    path("companies/<int:number>/fees/", fees.own_fees, name="own_fees"),
    path("companies/<int:number>/fees/<int:pk>.pdf", fees.own_invoice, name="own_invoice"),
    path("companies/<int:number>/history/", company.own_history, name="own_history"),
    path("companies/<int:number>/check/", checking.check, name="own_check"),
    path("companies/<int:number>/change/", changes.propose_change, name="propose_change"),
    path("companies/<int:number>/merger/", changes.propose_merger, name="propose_merger"),
    path(
        "companies/<int:number>/changes/<int:pk>/withdraw/",
        changes.withdraw_change,
        name="withdraw_change",
    ),
    path("companies/<int:number>/people/", people.company_people, name="company_people"),
    path("companies/<int:number>/people/name/", people.name_representative, name="people_name"),
    path("companies/<int:number>/people/hand-over/", people.hand_over, name="people_hand_over"),
    path("companies/<int:number>/people/<int:pk>/dates/", people.change_dates, name="people_dates"),
    path("companies/<int:number>/people/<int:pk>/end/", people.end_role, name="people_end"),
    path("people/<int:person_id>/", settling.settle_person, name="settle_person"),
    path("companies/<int:number>/resign/", leaving.resign, name="resign"),
    path("companies/<int:number>/hearings/<int:pk>/", leaving.hearing, name="hearing"),
    path(
        "companies/<int:number>/hearings/<int:pk>/answer/",
        leaving.answer_hearing,
        name="answer_hearing",
    ),
    path("register/", register.register, name="register"),
    path("register/download/<slug:kind>/", register.register_file, name="register_file"),
    path("register/votes/", register.votes, name="register_votes"),
    path("register/votes/<slug:kind>/", register.votes_file, name="register_votes_file"),
    path("register/people/", register.people, name="register_people"),
    path("register/people/<slug:kind>/", register.people_file, name="register_people_file"),
    path("applications/", following.application_list, name="applications"),
    path("applications/begin/", drafting.begin, name="application_begin"),
    path("applications/<uuid:public_id>/", following.application, name="application"),
    path("applications/<uuid:public_id>/check/", drafting.check, name="application_check"),
    path("applications/<uuid:public_id>/answer/", following.answer, name="application_answer"),
    path(
        "applications/<uuid:public_id>/documents/add/",
        following.add_document,
        name="application_add_document",
    ),
    path(
        "applications/<uuid:public_id>/documents/<int:document_id>/remove/",
        drafting.remove_document,
        name="application_remove_document",
    ),
    path(
        "applications/<uuid:public_id>/withdraw/", following.withdraw, name="application_withdraw"
    ),
    path("applications/<uuid:public_id>/step/<slug:step>/", drafting.step, name="application_step"),
]
