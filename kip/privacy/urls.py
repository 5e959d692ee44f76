from django.urls import path

from kip.privacy import views

urlpatterns = [
    path("", views.my_data, name="my_data"),
    path("my-data.json", views.my_data_json, name="my_data_json"),
    path("my-data.pdf", views.my_data_pdf, name="my_data_pdf"),
    path("ask/", views.ask, name="my_data_ask"),
]
