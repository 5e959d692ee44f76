"""Public pages: the address carries the language."""

from django.urls import path

from members.views import public

urlpatterns = [
    path("members/", public.member_list, name="member_list"),
    path("members/<int:number>/", public.member_page, name="member_page"),
    path("members/<int:number>/logo/<slug:version>", public.member_logo, name="member_logo"),
    path("apply/", public.apply, name="apply"),
]
