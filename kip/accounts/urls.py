from django.urls import path

from kip.accounts import views

app_name = "accounts"
urlpatterns = [
    path("me/", views.details, name="details"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("invitation/<str:token>/new-link/", views.new_link, name="new_link"),
]
