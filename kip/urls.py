from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from kip import views
from kip.accounts.views import no_sign_up, set_language
from kip.documents.views import archive

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("language/", set_language, name="set_language"),
    # One place to change a password, with its limits and the letter that says so.
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("accounts/signup/", no_sign_up, name="account_signup"),
    path("accounts/", include("allauth.urls")),
    path("people/", include("kip.accounts.urls")),
    path("mail/", include("kip.mail.urls")),
    path("documents/", include("kip.documents.urls")),
    path("archive/", archive, name="archive"),
    path("my/", views.my_kip, name="my_kip"),
    path("my/", include("members.urls_portal")),
    path("my/data/", include("kip.privacy.urls")),
    path("board/", include("board.urls")),
]

# Public pages carry their language in the address.
urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("", include("kip.bylaws.urls")),
    path("", include("kip.privacy.urls_public")),
    path("", include("members.urls")),
    path("", include("board.urls_public")),
)
