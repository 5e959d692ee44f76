"""Public pages: the address carries the language."""

from django.urls import path

from members.views import public

urlpatterns = [
    path("members/", public.member_list, name="member_list"),
    path("apply/", public.apply, name="apply"),
]
