"""One settings file, configured by environment variables (README, "Configuration").

A production setting that is missing or unsafe stops the program with a sentence that says which.
`make run` sets all of them for its private servers (`kip/local`).
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
import pghistory
from bootstrap_wrapper import get_bootstrap_css_dir
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)


def _required(name: str, meaning: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: {meaning}. `make run` sets it for a trial; "
            "for real servers see README, “Configuration”."
        )
    return value


# --- What the installation is -----------------------------------------------------------------

SECRET_KEY = _required("SECRET_KEY", "at least 50 random characters, kept secret")
if not DEBUG and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
    raise ImproperlyConfigured("SECRET_KEY is too weak: use at least 50 random characters.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

SITE_URL = _required("SITE_URL", "the address people use, e.g. https://kip.example.fi").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    raise ImproperlyConfigured("SITE_URL must look like https://kip.example.fi, without a path.")
IS_HTTPS = _site.scheme == "https"
if not IS_HTTPS and _site.hostname not in {"127.0.0.1", "localhost"}:
    raise ImproperlyConfigured("SITE_URL must be https except on this machine (127.0.0.1).")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if not ALLOWED_HOSTS or ("*" in ALLOWED_HOSTS and not DEBUG):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts served, e.g. kip.example.fi.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Everything that is written to disk: documents, and mail while there is no EMAIL_URL.
DATA_DIR = Path(_required("DATA_DIR", "a folder outside the web root, for documents"))

# Demo sign-ins share a printed password. Only the launcher allows them, in its private database.
DEMO_ALLOWED = env.bool("DEMO_ALLOWED", default=False)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not DEMO_ALLOWED)

# --- Django ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "kip.admin_site.KipAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "rules",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "lucide",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "kip.audit",
    "kip.mail",
    "kip.accounts",
    "kip.bylaws",
    "kip.documents",
    "kip.mailings",
    "kip.keeping",
    "members",
    "board",
    "kip.privacy",  # after those whose invented people ask about their data
    "workinggroups",
    "kip.local",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kip.accounts.middleware.LanguageOfTheReader",
    "kip.accounts.middleware.SecondFactorRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "kip.urls"
WSGI_APPLICATION = "kip.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kip.context_processors.site",
            ],
            "libraries": {"kip": "kip.tags"},
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {"default": env.db_url_config(_required("DATABASE_URL", "the PostgreSQL database"))}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured("DATABASE_URL must be a PostgreSQL database.")

# Limits and cache live in PostgreSQL, so that they hold across processes and without the broker.
CACHES = {
    "default": {
        "BACKEND": "kip.accounts.cache.DatabaseCache",
        "LOCATION": "kip_cache",
    }
}

# --- Time and languages ------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "Europe/Helsinki"
LANGUAGE_CODE = "en"
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
FORMAT_MODULE_PATH = "kip.formats"
LOCALE_PATHS = [BASE_DIR / "kip" / "locale"]
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Static files and documents ----------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", get_bootstrap_css_dir())]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "documents", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "kip.documents.uploads.CutAtTheLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- People: sign-in ---------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["kip.accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "kip.accounts.passwords.LongEnough",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my_kip"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
SESSION_SERIALIZER = "kip.sealing.SealedSerializer"

ACCOUNT_ADAPTER = "kip.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Codes typed by people: digits, in two groups; 15 minutes, three tries, sent twice more if asked.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 30 * 60
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
# By address (key) long enough to stop guessing, by IP wide enough for an office behind one.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key,50/d/key",
    "request_login_code": "20/m/ip,3/m/key,12/h/key",
    "reset_password": "20/m/ip,3/m/key,12/h/key",
    "confirm_email": "1/10s/key,12/h/key",
}
# A session left open somewhere does not suffice to point a sign-in at another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "kip.accounts.forms.LoginForm",
    "request_login_code": "kip.accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "kip.accounts.forms.ConfirmLoginCodeForm",
    "confirm_password_reset_code": "kip.accounts.forms.ConfirmPasswordResetCodeForm",
    "confirm_email_verification_code": "kip.accounts.forms.ConfirmEmailVerificationCodeForm",
    "reset_password": "kip.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "kip.accounts.forms.ResetPasswordKeyForm",
    "change_password": "kip.accounts.forms.ChangePasswordForm",
    "set_password": "kip.accounts.forms.SetPasswordForm",
    "reauthenticate": "kip.accounts.forms.ReauthenticateForm",
    "add_email": "kip.accounts.forms.AddEmailForm",
}
MFA_ADAPTER = "kip.accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "kip.accounts.forms.AuthenticateForm",
    "reauthenticate": "kip.accounts.forms.ReauthenticateMFAForm",
    "activate_totp": "kip.accounts.forms.ActivateTOTPForm",
    "add_webauthn": "kip.accounts.forms.AddWebAuthnForm",
    "edit_webauthn": "kip.accounts.forms.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_TOTP_ISSUER = "KIP"
# A slow typist's code of the half minute before still counts (once: kip.accounts.forms).
MFA_TOTP_TOLERANCE = 1
# Limits count by the client's address, which behind a proxy stands in X-Forwarded-For. How many
# proxies of one's own there are says which entry is to be believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "PROXY_COUNT", default=1 if env.bool("BEHIND_PROXY", default=False) else 0
)

# --- Mail (kip/mail) ---------------------------------------------------------------------------

_email_url = env.str("EMAIL_URL", default="")
if _email_url:
    vars().update(env.email_url_config(_email_url))
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "kip.mail.files.EmlFileBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
_is_trial = DEBUG or DEMO_ALLOWED
DEFAULT_FROM_EMAIL = (
    env.str("DEFAULT_FROM_EMAIL", default="KIP <kip@kip.example>")
    if _is_trial
    else _required("DEFAULT_FROM_EMAIL", "the sender of every letter, of the association's domain")
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Answers go to a person, not to the program.
SECRETARY_EMAIL = (
    env.str("SECRETARY_EMAIL", default="secretary@kip.example")
    if _is_trial
    else _required("SECRETARY_EMAIL", "where the answers to letters go")
)
# Where reports of letters that came back go (the envelope's sender, later "Return-Path").
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="") or DEFAULT_FROM_EMAIL
# What a mail server shows at /mail/receive/; empty: nothing is received there.
MAIL_RECEIVE_TOKEN = env.str("MAIL_RECEIVE_TOKEN", default="")
if MAIL_RECEIVE_TOKEN and len(MAIL_RECEIVE_TOKEN) < 32:
    raise ImproperlyConfigured("MAIL_RECEIVE_TOKEN is too weak: use at least 32 random characters.")
# At how much evidence within sixty days sending to an address stops (kip/mail/receiving.py).
MAIL_STOP_AFTER = env.int("MAIL_STOP_AFTER", default=3)
# Under which names the domain publishes the keys that sign its mail, for the check in the admin.
DKIM_SELECTORS = env.list("DKIM_SELECTORS", default=[])
# Under the association's name on letters on paper, line by line: where one that is not delivered
# comes back to.
ASSOCIATION_ADDRESS = env.list(
    "ASSOCIATION_ADDRESS", default=["Demokatu 1", "67900 Kokkola"] if _is_trial else []
)
# How long one worker may take over one letter before another may send it again: longer than the
# longest conversation with the mail server (EMAIL_TIMEOUT counts for each of its answers).
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=300)
# Waits between attempts after temporary failures, two days in all; then the letter is given up.
MAIL_RETRY_SECONDS = env.list(
    "MAIL_RETRY_SECONDS",
    cast=int,
    default=[60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600],
)

# --- Safe keeping (kip/keeping) ------------------------------------------------------------------

# Public keys of age, which encrypt a backup, and the file with a secret one, which opens it again.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
BACKUP_IDENTITY = env.str("BACKUP_IDENTITY", default="")
BACKUP_DIR = Path(env.str("BACKUP_DIR", default="") or DATA_DIR / "backups")
# How old the last verified backup may become before the desk says so.
BACKUP_MAX_AGE_DAYS = env.int("BACKUP_MAX_AGE_DAYS", default=2)
# The folder of pg_dump and pg_restore, where they are not found by themselves.
PG_PROGRAMS = env.str("PG_PROGRAMS", default="")
# How long a handover bundle can be downloaded.
HANDOVER_KEEP_DAYS = env.int("HANDOVER_KEEP_DAYS", default=7)

# --- Background work ---------------------------------------------------------------------------

CELERY_BROKER_URL = _required("REDIS_URL", "the Redis or Valkey server that is Celery's broker")
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="kip")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: Celery's 100 tries end a worker that has been without its broker for 45 minutes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A dead broker must not hold up an act of the association: one attempt, one second.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# --- History -----------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)
# A history row is stamped with the act's `at`; outside an act, with the database's own clock.
PGHISTORY_CREATED_AT_FUNCTION = "kip_history_at()"

# --- Security ----------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
# Only when every host of the domain is served by https: it binds all of them for a year.
_hsts_whole_domain = IS_HTTPS and env.bool("HSTS_WHOLE_DOMAIN", default=False)
SECURE_HSTS_INCLUDE_SUBDOMAINS = _hsts_whole_domain
SECURE_HSTS_PRELOAD = _hsts_whole_domain
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_FAILURE_VIEW = "kip.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
