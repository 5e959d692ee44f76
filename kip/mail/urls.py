from django.urls import path

from kip.mail import views

urlpatterns = [path("receive/", views.receive_mail, name="receive_mail")]
