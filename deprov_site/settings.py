"""Every setting, read from the environment (and a `.env` file beside manage.py) with django-environ.

The article's names come first: GENESYS_DOMAIN, GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET, DEPROVISION_WEBHOOK_URL.
"""

from __future__ import annotations

import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if os.environ.get("DEPROV_ENV_FILE", "") != "none":
    environ.Env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)  # people's names, archives and keys: nobody else's business


def _secret_key() -> str:
    """The configured key, else one made once and kept in VAR_DIR, readable by its owner only."""
    configured = env.str("SECRET_KEY", default="")
    if configured:
        return configured
    kept = VAR_DIR / "secret_key"
    try:
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return kept.read_text()


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CSRF_FAILURE_VIEW = "offboarding.views.errors.too_old"

# Genesys Cloud. With no client id, or `sandbox`, everything speaks to the sandbox on this machine.
SANDBOX_URL = env.str("SANDBOX_URL", default="") or "http://127.0.0.1:8700"
GENESYS_CLIENT_ID = env.str("GENESYS_CLIENT_ID", default="") or "sandbox"
_wants_sandbox = GENESYS_CLIENT_ID == "sandbox"
GENESYS_CLIENT_SECRET = env.str("GENESYS_CLIENT_SECRET", default="")
if _wants_sandbox:
    GENESYS_CLIENT_SECRET = GENESYS_CLIENT_SECRET or "sandbox-secret"
_domain = env.str("GENESYS_DOMAIN", default="") or (SANDBOX_URL if _wants_sandbox else "https://api.mypurecloud.com")
GENESYS_DOMAIN = _domain.rstrip("/")
SANDBOX_MODE = _wants_sandbox and _is_loopback(GENESYS_DOMAIN)
if _wants_sandbox and not SANDBOX_MODE:
    raise ImproperlyConfigured(
        f"Genesys Cloud would be asked at {GENESYS_DOMAIN}, but GENESYS_CLIENT_ID is not set: the sandbox's "
        "credentials are never sent to another host. Set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET, or unset "
        "GENESYS_DOMAIN and SANDBOX_URL."
    )
GENESYS_LOGIN_URL = env.str("GENESYS_LOGIN_URL", default="")
GENESYS_API_STYLE = env.str("GENESYS_API_STYLE", default="platform")
if GENESYS_API_STYLE not in {"platform", "article"}:
    raise ImproperlyConfigured(f"GENESYS_API_STYLE must be platform or article, not {GENESYS_API_STYLE!r}.")
GENESYS_SCIM_URL = env.str("GENESYS_SCIM_URL", default="")
GENESYS_SCIM_TOKEN = env.str("GENESYS_SCIM_TOKEN", default="")
GENESYS_READ_ONLY = env.bool("GENESYS_READ_ONLY", default=False)
# How long conversations may be on their way until analytics knows them: the newest are counted again after that, before
# an archive is whole. The sandbox knows each at once.
HISTORY_SETTLES_IN = timedelta(0) if SANDBOX_MODE else timedelta(minutes=5)

# How many people may lose access in an hour, in the org and in one of its divisions, before the rest has to wait: a
# wrong list, or a stolen account, must not empty a contact centre before somebody notices.
DEPROVISION_MOST_AN_HOUR = env.int("DEPROVISION_MOST_AN_HOUR", default=60)
DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION = env.int("DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION", default=30)
if min(DEPROVISION_MOST_AN_HOUR, DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION) < 1:
    raise ImproperlyConfigured(
        "DEPROVISION_MOST_AN_HOUR and DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION must be 1 or more. To stop all work, stop "
        "the worker."
    )

# What evaluations that are still to be scored mean: handed over with the rest, or nobody leaves before they are scored.
DEPROVISION_PENDING_EVALUATIONS = env.str("DEPROVISION_PENDING_EVALUATIONS", default="hand_over")
if DEPROVISION_PENDING_EVALUATIONS not in {"hand_over", "refuse"}:
    raise ImproperlyConfigured(
        f"DEPROVISION_PENDING_EVALUATIONS must be hand_over or refuse, not {DEPROVISION_PENDING_EVALUATIONS!r}."
    )

# Downstream systems.
DEPROVISION_WEBHOOK_URL = env.str("DEPROVISION_WEBHOOK_URL", default="")
DEPROVISION_WEBHOOK_SECRET = env.str("DEPROVISION_WEBHOOK_SECRET", default="")
WEBHOOK_ALLOWED_HOSTS = [host.strip() for host in env.list("WEBHOOK_ALLOWED_HOSTS", default=[]) if host.strip()]
WEBHOOK_CA_BUNDLE = env.str("WEBHOOK_CA_BUNDLE", default="")

# The address people open the console at; links in the audit log document and on the command line start with it.
CONSOLE_URL = env.str("CONSOLE_URL", default="http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_q",
    "offboarding",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "offboarding.middleware.security_headers",
    "offboarding.middleware.wrong_method_in_words",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "deprov_site.urls"
WSGI_APPLICATION = "deprov_site.wsgi.application"
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
                "offboarding.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'console.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE and WAL: no "database is locked" between web and worker. FULL: an audit record survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
# Shared by web and worker; a cache in one process's memory would hide the worker's state from the pages.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(VAR_DIR / "cache"),
    }
}

# The queue is only a doorbell: rows of Run and StepRun are the truth. timeout < retry, or one wake-up runs twice.
Q_CLUSTER = {
    "name": "offboarding",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 300,
    "retry": 360,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.2,
    "recycle": 200,
    "label": "Queue",
}

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True

# An installation that people reach over the network is reached over HTTPS; loopback is the only exception.
HTTPS = env.bool("HTTPS", default=CONSOLE_URL.startswith("https://"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not HTTPS:
    SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]


def _not_ready_is_no_error(record: logging.LogRecord) -> bool:
    """503 of /readyz is an answer to whoever asked, as at each start: no line, where Django logs every 5xx as error."""
    status = getattr(record, "status_code", None)
    return not (status == 503 and record.request.path == "/readyz")  # type: ignore[attr-defined]


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"not_ready": {"()": "django.utils.log.CallbackFilter", "callback": _not_ready_is_no_error}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django-q": {"level": "WARNING"},  # it tells of every wake-up
        "django.request": {
            "level": "ERROR",
            "filters": ["not_ready"],
        },  # a refused page is an audit record, not a traceback
    },
}
