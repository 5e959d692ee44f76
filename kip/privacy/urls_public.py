from django.urls import path

from kip.privacy import views

urlpatterns = [path("privacy/", views.notice, name="privacy")]
