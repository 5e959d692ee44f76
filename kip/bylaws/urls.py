"""Public pages: the address carries the language."""

from django.urls import path

from kip.bylaws import views

urlpatterns = [
    path("bylaws/", views.bylaws, name="bylaws"),
    path("bylaws/<int:version>/", views.bylaws, name="bylaws_version"),
]
