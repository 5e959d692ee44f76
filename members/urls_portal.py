"""The pages of applicants and of a member company's people, under /my/."""

from django.urls import path

from members.views import company, portal

urlpatterns = [
    path("companies/<int:number>/", company.own_company, name="own_company"),
    path("applications/", portal.application_list, name="applications"),
    path("applications/begin/", portal.begin, name="application_begin"),
    path("applications/<uuid:public_id>/", portal.application, name="application"),
    path("applications/<uuid:public_id>/check/", portal.check, name="application_check"),
    path("applications/<uuid:public_id>/answer/", portal.answer, name="application_answer"),
    path(
        "applications/<uuid:public_id>/documents/add/",
        portal.add_document,
        name="application_add_document",
    ),
    path(
        "applications/<uuid:public_id>/documents/<int:document_id>/remove/",
        portal.remove_document,
        name="application_remove_document",
    ),
    path("applications/<uuid:public_id>/withdraw/", portal.withdraw, name="application_withdraw"),
    path("applications/<uuid:public_id>/step/<slug:step>/", portal.step, name="application_step"),
]
