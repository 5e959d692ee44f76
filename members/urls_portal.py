"""The pages of applicants and of a member company's people, under /my/."""

from django.urls import path

from members.views import company, drafting, following

urlpatterns = [
    path("companies/<int:number>/", company.own_company, name="own_company"),
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
