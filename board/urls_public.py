"""Public pages: the address carries the language."""

from django.urls import path

from board.views import public

urlpatterns = [path("board/", public.board, name="board_public")]
