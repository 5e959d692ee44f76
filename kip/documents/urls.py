from django.urls import path

from kip.documents import views

urlpatterns = [
    path("<uuid:pk>/", views.document, name="document"),
    path("<uuid:pk>/<str:name>", views.document, name="document"),
]
