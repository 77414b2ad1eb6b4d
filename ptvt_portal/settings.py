"""All settings. What differs between machines comes from the environment; production refuses to start without it.

| variable | meaning |
|---|---|
| `ENVIRONMENT` | `production`, `local` or `test`; by default `production` where `DATABASE_URL` is set, else `local` |
| `SECRET_KEY`, `ALLOWED_HOSTS` | as in Django; hosts separated by commas |
| `DATABASE_URL` | PostgreSQL as the application's role, which owns nothing |
| `DATABASE_OWNER_URL` | the same database as its owner; only `migrate` and the tests use it |
| `REDIS_URL` | the broker; the database numbered one higher is the shared cache |
| `PUBLIC_URL` | address under which people reach the portal, for links in mail and calendars |
| `EMAIL_URL`, `EMAIL_FROM` | `smtp://user:password@host:port`, `smtps` for TLS; without: kept here, or not sent |
| `BEHIND_PROXY` | `1` where one proxy in front ends TLS and sets `X-Forwarded-Proto` and `X-Forwarded-For` |
| `API_RATE_TOKEN`, `API_RATE_ADDRESS` | requests per second to the API, per token and per address (200) |
| `KVK_API_KEY` | key of the API of KVK; without one nothing is asked of KVK and no page offers it |
| `KVK_API_URL`, `KVK_SBI_VERSION` | `https://api.kvk.nl/api`, and the edition of the SBI codes there (`2008`) |
| `PORTAL_HOME` | folder of the local portal: database, broker, media, secrets |
| `LOG_LEVEL`, `DEBUG` | `INFO`; `DEBUG` never in production |
"""

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ptvt_portal import environment
from ptvt_portal.api_description import API_DESCRIPTION
from ptvt_portal.local.home import Home

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Home.from_environment()

# -- where this runs ---------------------------------------------------------------------------------------------

ENVIRONMENT = environment.text("ENVIRONMENT", "production" if environment.text("DATABASE_URL") else "local")
if ENVIRONMENT not in {"production", "local", "test"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is production, local or test, not {ENVIRONMENT}")
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"

if PRODUCTION:
    required = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
    if missing := [name for name in required if not environment.text(name)]:
        raise ImproperlyConfigured(f"production needs these environment variables: {', '.join(missing)}")

SECRET_KEY = environment.text("SECRET_KEY") or HOME.secret("secret_key")
DEBUG = environment.flag("DEBUG") and not PRODUCTION
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver," + socket.gethostname())
PUBLIC_URL = environment.text("PUBLIC_URL", f"http://localhost:{environment.text('PORT', '8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", PUBLIC_URL if PUBLIC_URL.startswith("https") else "")

# -- apps --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "ptvt_portal",  # first: its `migrate` and `flush` replace Django's
    "consortia",
    "impact",
    "events",
    "allauth",
    "allauth.account",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "ptvt_portal.api_headers.ApiHeadersMiddleware",  # outermost: whoever answers
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "ptvt_portal.middleware.PagesCommonMiddleware",
    "ptvt_portal.demo.DemoHeaderMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ptvt_portal.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "ptvt_portal.urls"
WSGI_APPLICATION = "ptvt_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ptvt_portal.context.portal",
            ],
        },
    }
]

# -- data --------------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": environment.database(environment.text("DATABASE_URL") or HOME.database_url)
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # The owner makes the test database; the code under test reaches it as the application's role.
        "TEST": {"MIRROR": "owner"},
    }
}
owner_url = environment.text("DATABASE_OWNER_URL") or (
    "" if environment.text("DATABASE_URL") else HOME.database_owner_url
)
if owner_url:
    DATABASES["owner"] = environment.database(owner_url) | {"TEST": {"DEPENDENCIES": []}}
else:
    DATABASES["default"]["TEST"] = {}

# The history of reference data (`consortia.models.tracking`): every row says itself who it was and from where, so that
# no second table is needed, and nothing in it is ever changed.
PGHISTORY_APPEND_ONLY = True
# Not when the transaction began: its changes have an order.
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_CONTEXT_ID_FIELD = pghistory.ContextUUIDField()
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="+", related_query_name="+", db_index=True)
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

REDIS_URL = environment.text("REDIS_URL") or HOME.redis_url

# A cache that is away is a cache that is empty, at once: no page and no sign-in may depend on it.
DJANGO_REDIS_CONNECTION_FACTORY = "ptvt_portal.redis.ImpatientConnectionFactory"
CACHES = {
    "default": {
        "BACKEND": "ptvt_portal.cache.FailOpenRedisCache",
        "LOCATION": environment.next_redis_database(REDIS_URL),
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_TIMEOUT": 1,
            "SOCKET_CONNECT_TIMEOUT": 1,
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

MEDIA_ROOT = Path(environment.text("MEDIA_ROOT", str(HOME.root / "media")))
MEDIA_URL = "/media/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(HOME.root / "static")))
STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static"] if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# -- people ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "consortia.User"
# The address is unique whatever its case, by a constraint on its lower form, which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "impact:work"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "ptvt_portal.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Whole offices sit behind one address: the number of sign-ins is wide, that of failures narrow.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    False if TESTING else {"login": "300/m/ip", "login_failed": "20/m/ip,5/300s/key"}
)

# -- language and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True
USE_I18N = True

# -- safety of pages ---------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
# How many addresses in X-Forwarded-For are true: without a proxy of ours none, since anyone may send that header.
PROXIES = 1 if environment.flag("BEHIND_PROXY") else 0
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- API ---------------------------------------------------------------------------------------------------------

API_VERSION = "1.0.0"
"""As in openapi.json and in the header of every answer; what breaks a caller would be /api/v2."""
API_RATES = {
    "token": environment.number("API_RATE_TOKEN", 200),
    "address": environment.number("API_RATE_ADDRESS", 200),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["consortia.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["consortia.rest.permissions.MayCall"],
    "DEFAULT_RENDERER_CLASSES": ["consortia.rest.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["consortia.rest.parsing.StrictJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "consortia.rest.negotiation.ByQuality",
    "DEFAULT_THROTTLE_CLASSES": [],  # `Endpoint` counts, before anything else is judged
    "DEFAULT_SCHEMA_CLASS": "ptvt_portal.api_schema.ApiSchema",
    "EXCEPTION_HANDLER": "ptvt_portal.api_errors.problem_handler",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Impact portal of the scale-up programme",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.0.3",
    "CONTACT": {
        "name": "Programme office",
        "email": "programme-office@portal.example",
        "url": "https://portal.example/contact",
    },
    "LICENSE": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/en/"},
    "SERVERS": [{"url": "/api/v1"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["ptvt_portal.api_schema.complete"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# -- jobs --------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = environment.celery_broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message that a killed worker held comes back after this many seconds: longer than the longest task. Nothing that
    # people wait for depends on it, since beat asks for the same work again within seconds.
    "visibility_timeout": 15 * 60,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    # Sending is a nudge for work that the database already remembers: try once, and never keep a request waiting.
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 14 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
# A beat entry that no worker took before the next one came is of no use any more, hence `expires`.
CELERY_BEAT_SCHEDULE = {
    "roll-up": {"task": "impact.tasks.roll_up", "schedule": 15, "options": {"expires": 15}},
    "deliver-outbox": {"task": "impact.tasks.deliver_outbox", "schedule": 5, "options": {"expires": 5}},
    "verify-roll-ups": {"task": "impact.tasks.verify_roll_ups", "schedule": crontab(hour=3, minute=30)},
    "verify-vintages": {"task": "impact.tasks.verify_vintages", "schedule": crontab(hour=3, minute=45)},
    "read-uploads": {"task": "impact.tasks.read_uploads", "schedule": 5, "options": {"expires": 5}},
    "purge-evidence": {"task": "impact.tasks.purge_evidence", "schedule": crontab(hour=3, minute=20)},
    "purge-uploads": {"task": "impact.tasks.purge_uploads", "schedule": crontab(hour=3, minute=15)},
    "tell": {"task": "impact.tasks.tell", "schedule": 10, "options": {"expires": 10}},
    "remind": {"task": "impact.tasks.remind", "schedule": crontab(minute=10, hour="7-21")},
    "deliver-mail": {"task": "consortia.tasks.deliver_mail", "schedule": 10, "options": {"expires": 10}},
    "prepare-digests": {"task": "consortia.tasks.prepare_digests", "schedule": crontab(minute="*/10")},
    "purge-messages": {"task": "consortia.tasks.purge_messages", "schedule": crontab(hour=3, minute=25)},
    "purge-answers": {"task": "consortia.tasks.purge_answers", "schedule": crontab(minute=35)},
    "deliver-webhooks": {"task": "impact.tasks.deliver_webhooks", "schedule": 5, "options": {"expires": 5}},
    "purge-webhook-attempts": {"task": "impact.tasks.purge_webhook_attempts", "schedule": crontab(hour=3, minute=40)},
    "open-quarters": {"task": "impact.tasks.open_quarters", "schedule": crontab(hour=0, minute=5)},
}

# -- mail and logs -----------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("EMAIL_FROM", "portal@localhost")
# Without a mail server a local portal keeps mail where a page shows it; in production it waits until there is one.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend" if PRODUCTION else "consortia.local_mail.KeepingBackend"
MAIL_LEAVES = bool(environment.text("EMAIL_URL")) or not PRODUCTION
EMAIL_TIMEOUT = 10
if email_url := environment.text("EMAIL_URL"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    server = environment.mail_server(email_url)
    EMAIL_HOST, EMAIL_PORT = server.host, server.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = server.user, server.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = server.tls_from_the_start, not server.tls_from_the_start and bool(server.user)

# -- KVK ---------------------------------------------------------------------------------------------------------

KVK_API_KEY = environment.text("KVK_API_KEY")
KVK_API_URL = environment.text("KVK_API_URL", "https://api.kvk.nl/api")
if not KVK_API_URL.startswith(("https://", "http://127.0.0.1", "http://localhost")):
    raise ImproperlyConfigured("KVK_API_URL begins with https://: the key travels with every question")
KVK_SBI_VERSION = environment.text("KVK_SBI_VERSION", "2008")
if KVK_SBI_VERSION not in {"2008", "2025"}:
    raise ImproperlyConfigured("KVK_SBI_VERSION is 2008 or 2025")

LOG_LEVEL = environment.text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING" if TESTING else LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING" if TESTING else LOG_LEVEL, "propagate": False},
        "django_redis": {"level": "CRITICAL"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
