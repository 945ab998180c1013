"""Settings, read from the environment; a missing or wrong value stops the start with a sentence that says what to fix.

docs/runbook.md explains each variable, `.env.example` lists them.
"""

import os
import zoneinfo
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from apps.core.queues import Queue
from config.settings.clock import read_clock
from config.settings.mail import read_mail

# Generic base classes such as ModelForm[Campaign] at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# Zone rules come from the pinned tzdata package, never from an outdated system copy.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(to=[])

# --- Core ---------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# Commands that need no service, such as `manage.py decide`, run without configuration: nothing they do is signed.
SECRET_KEY = env.str("SECRET_KEY", default="")
# Former keys: links in e-mails that were signed with them go on working.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
OFFLINE = not SECRET_KEY
if OFFLINE:
    SECRET_KEY = "offline-commands-only-nothing-is-signed-with-this-value"  # noqa: S105 - not a secret
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
IS_HTTPS = PUBLIC_BASE_URL.startswith("https://")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "apps.core",
    "apps.tenants",
    "apps.accounts",
    "apps.audit",
    "apps.telephony",
    "apps.compliance",
    "apps.organisation",
    "apps.leads",
    "apps.scripts",
    "apps.mail",
    "apps.campaigns",
    "apps.calls",
    "apps.agents",
    "apps.dialer",
    "apps.reports",
    "apps.softphone",
    "apps.floor",
    "apps.api",
    "apps.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "apps.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.LanguageMiddleware",
    "apps.accounts.middleware.TenantMiddleware",
]

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
                "apps.accounts.context.tenant",
            ],
        },
    },
]

# --- Database: the login role owns nothing and cannot bypass row-level security (checked at start) ----
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default="postgresql://app_rt@127.0.0.1:5432/fairdial")
}
DATABASES["default"].setdefault("OPTIONS", {})
# Statements are prepared where the code asks for it, and only there.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 2**31
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DB_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env.bool("DB_POOL", default=False):
    # One web process serves many threads; a prefork worker must not share a pool with its parent.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 16, "timeout": 10}

# --- Valkey and Celery --------------------------------------------------------------------------
VALKEY_URL = env.str("VALKEY_URL", default="redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": VALKEY_URL}}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=VALKEY_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = Queue.DEFAULT.value
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL.startswith(("amqp", "pyamqp")):
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"confirm_publish": True}
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
    # Queues named on a worker's command line count as missing ones.
    CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
    CELERY_TASK_CREATE_MISSING_QUEUE_EXCHANGE_TYPE = "topic"
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True
else:
    # A message whose worker died comes again after this. Tasks end before, so that none runs twice meanwhile; an
    # import may not, and its lease keeps a second worker off.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:home"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come in by invitation, which proves the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_ADAPTER = "apps.accounts.adapter.MFAAdapter"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
# Keys that encrypt secrets at rest (carrier tokens, second factors); the first encrypts, all decrypt.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])

# --- Browser security ---------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Language, time, files ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# --- Carrier ------------------------------------------------------------------------------------
CARRIER = env.str("CARRIER", default="simulator")
if CARRIER not in {"simulator", "twilio"}:
    raise ImproperlyConfigured(f"CARRIER is {CARRIER!r}; set it to 'simulator' or 'twilio'.")
SIMULATOR_URL = env.str("SIMULATOR_URL", default="http://127.0.0.1:8010")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
# Where agents' browsers enter the carrier's network; "roaming" lets it choose the nearest.
TWILIO_EDGE = env.str("TWILIO_EDGE", default="roaming")
if CARRIER == "twilio" and not (TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN):
    raise ImproperlyConfigured("CARRIER=twilio needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
# Seconds a dial may take on the wire before its outcome counts as unknown.
CARRIER_CONNECT_TIMEOUT = env.float("CARRIER_CONNECT_TIMEOUT", default=4.0)
CARRIER_READ_TIMEOUT = env.float("CARRIER_READ_TIMEOUT", default=30.0)

# --- E-mail: to leads only with a server ----------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="fairdial@localhost")
MAIL = read_mail(env, sender=DEFAULT_FROM_EMAIL, carrier=CARRIER)
vars().update(MAIL.values)
MAIL_IS_ON = MAIL.has_server
# Seconds of silence after which a mail server counts as not reachable.
EMAIL_TIMEOUT = 10

# --- The product's clock: real, or simulated for demo and rehearsal --------------------------------
CLOCK = read_clock(env, carrier=CARRIER)
# Real seconds between two dialler ticks; a fast simulated clock ticks more often, five times a second at most.
TICK_SECONDS = max(0.2, 1.0 / CLOCK.speed) if CLOCK else 1.0
# Ticks expire before the next one is due: they must not pile up while workers are down.
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "dialer.tick",
        "schedule": TICK_SECONDS,
        "options": {"queue": Queue.DIAL.value, "expires": max(1.0, TICK_SECONDS)},
    },
    "reconcile": {
        "task": "dialer.reconcile",
        "schedule": 2 * TICK_SECONDS,
        "options": {"queue": Queue.DIAL.value, "expires": max(1.0, 2 * TICK_SECONDS)},
    },
    "resume-imports": {
        "task": "leads.resume_imports",
        "schedule": 5.0,
        "options": {"queue": Queue.DEFAULT.value, "expires": 5.0},
    },
    "sweep-mail": {
        "task": "mail.sweep",
        "schedule": 15.0,
        "options": {"queue": Queue.DEFAULT.value, "expires": 15.0},
    },
    "sweep-recordings": {
        "task": "floor.sweep_recordings",
        "schedule": 3600.0,
        "options": {"queue": Queue.DEFAULT.value, "expires": 3600.0},
    },
}

# --- REST API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fairdial lead API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["apps.api.openapi.complete_schema"],
    # Builds the whole description at each start; a test compares it with the one that is kept.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# --- Logs: one JSON object a line, no phone numbers ----------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "apps.core.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "apps.core.logs.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "twilio": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.apps.worker": {"level": "INFO"},  # the supervisor waits for its line "ready"
        "django.request": {"level": "ERROR"},
        "uvicorn.access": {"level": "WARNING"},
    },
}
