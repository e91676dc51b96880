"""Settings, all of them, for every set-up; what differs comes from the environment (see README, Settings)."""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from bounty.env import env, given, secret, signing_key
from bounty.storage import storages

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things are ------------------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("BOUNTY_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
PRODUCTION = env.bool("BOUNTY_PRODUCTION", default=False)
DEBUG = env.bool("BOUNTY_DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", fallback_file=DATA_DIR / "secret_key", debug=not PRODUCTION)
# Of certificates. Whoever has it can make some: it is neither in the database nor in the vault.
SIGNING_KEY = signing_key("BOUNTY_SIGNING_KEY", fallback_file=DATA_DIR / "signing_key", debug=not PRODUCTION)
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else _LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_NAME = "Bounty"

# --- the application -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "bounty.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "bounty.apps.BountyConfig",
    "submissions.apps.SubmissionsConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bounty.middleware.ErrorPageMiddleware",
]
ROOT_URLCONF = "bounty.urls"
WSGI_APPLICATION = "bounty.wsgi.application"
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
                "bounty.context.site",
            ],
        },
    },
]

# --- the database ----------------------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
_DATABASE = DATABASES["default"]
if _DATABASE["ENGINE"].endswith("sqlite3"):
    # One writer at a time is SQLite's way: take the lock at BEGIN and wait for it, or readers that turn writers fail.
    _DATABASE["CONN_MAX_AGE"] = 60
    _DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # Threads borrow connections from the process's pool; each is tried before it is lent, so that a restarted server
    # costs nobody a request. The largest number is that of the web server's threads and a few more.
    _POOL = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=12), "timeout": 20}
    _DATABASE["CONN_HEALTH_CHECKS"] = True
    _DATABASE["OPTIONS"] = _DATABASE.get("OPTIONS", {}) | {"pool": _POOL}
# Attempts to sign in are counted in the cache: in the process where there is one, in the database where there are more.
_CACHE = "django.core.cache.backends."
CACHES = {
    "default": {"BACKEND": f"{_CACHE}locmem.LocMemCache"}
    if _DATABASE["ENGINE"].endswith("sqlite3")
    else {"BACKEND": f"{_CACHE}db.DatabaseCache", "LOCATION": "cache"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- files -----------------------------------------------------------------------------------------------------------
STORAGES = {
    **storages(given("STORAGE_URL"), folder=DATA_DIR),
    # Compressing takes ten seconds at every start, and serves nobody on the machine itself.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
if DEBUG or env.bool("BOUNTY_TESTING", default=False):
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024

# --- people ----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "bounty.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "competitions"
LOGOUT_REDIRECT_URL = "competitions"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "bounty.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "bounty.forms.account.LoginForm", "signup": "bounty.forms.account.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "bounty.forms.account.username_validators"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_CHANGE_EMAIL = True  # one address an account; a new one takes its place once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address is changed or the account deleted
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and in no other
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
SIGN_UP_OPEN = env.bool("BOUNTY_SIGN_UP", default=True)
# Whose address a request has, for limits and for the list of sessions: proxies in front of the site say it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("BOUNTY_PROXIES", default=1 if PRODUCTION else 0)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# --- mail ------------------------------------------------------------------------------------------------------------
_MAIL = env.dj_email_url("EMAIL_URL", default="console:")
EMAIL_BACKEND = _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL["EMAIL_USE_TLS"], _MAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10  # seconds: a page waits for the mail it sends
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("BOUNTY_MAIL_FROM", default="bounty@localhost")

# --- safety of pages -------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, past the proxy that has the certificate
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0

# --- the API ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "bounty.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
        "bounty.api.permissions.TokenScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "bounty.api.parsers.ObjectParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "bounty.api.problems.handle",
    "DEFAULT_PAGINATION_CLASS": "bounty.api.pagination.NewestFirst",
    "PAGE_SIZE": 50,
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "DEFAULT_SCHEMA_CLASS": "bounty.api.schema.Schema",
    "URL_FORMAT_OVERRIDE": None,
}
# `make openapi` writes the document; a test fails where it is not what the endpoints are.
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "DESCRIPTION": "Find groups that a model fails, prove it, repair it. A refusal is problem+json with a stable code.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/", "description": "This site"}],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CompetitionStateEnum": "bounty.models.competition.Competition.State",
        "RoundStateEnum": "submissions.models.round.Round.State",
        "OfferStateEnum": "bounty.models.team.MergeOffer.State",
        "TaskEnum": "scoring.losses.Task",
        "LossEnum": "scoring.losses.Loss",
        "GroupKindEnum": "submissions.models.submission.Submission.GroupKind",
        "ScopeEnum": "bounty.models.token.ApiToken.Scope",
        "ProgramScopeEnum": "bounty.actions.keep_program.SCOPES",
        "PatchKindEnum": "submissions.models.submission.Submission.PatchKind",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# --- live status -----------------------------------------------------------------------------------------------------
STREAMS_PER_USER = env.int("BOUNTY_STREAMS_PER_USER", default=25)  # in one process of the web server
STREAM_LIFE_S = env.float("BOUNTY_STREAM_LIFE_S", default=600.0)  # then the client comes back, and is let in anew
STREAM_BEAT_S = env.float("BOUNTY_STREAM_BEAT_S", default=15.0)  # proxies cut what is silent, many after a minute
STREAM_EVERY_S = env.float("BOUNTY_STREAM_EVERY_S", default=1.0)

# --- webhooks --------------------------------------------------------------------------------------------------------
# For development alone: plain http, any port, and addresses on this machine.
WEBHOOKS_LOCAL = env.bool("BOUNTY_WEBHOOKS_LOCAL", default=False)

# --- the queue -------------------------------------------------------------------------------------------------------
# Embedded: the broker lives inside the one worker process, fed by a relay that reads the database. Shared: Redis.
BROKER_URL = env.str("BROKER_URL", default="memory://localhost/")
EMBEDDED_QUEUE = BROKER_URL.startswith("memory://")
CELERY_BROKER_URL = BROKER_URL
# Redis gives a message to another worker when it is not acknowledged in time, and three settings must agree on that
# time. Longer than any task: what died with its worker is sent again by the relay long before, from the row.
CELERY_VISIBILITY_TIMEOUT = 3600
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_VISIBILITY_TIMEOUT}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
    # A request must not hang on a broker that is away: the relay sends later.
    "max_retries": 1,
    "interval_start": 0.1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,  # a consumer on a dead connection notices within a few times this
}
if EMBEDDED_QUEUE:
    # This transport polls once a second unless told otherwise: that would be most of the time from upload to verdict.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.02}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0  # told to stop at once, a worker may finish its task for so long
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives its broker
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the row's lease, not the connection, is the claim
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
WORKERS = env.int("BOUNTY_WORKERS", default=2)  # that `manage.py run` starts where the broker is shared
LEASE_S = env.float("BOUNTY_LEASE_S", default=30.0)  # a worker that is silent for longer has lost its claim
RELAY_EVERY_S = env.float("BOUNTY_RELAY_EVERY_S", default=0.2 if EMBEDDED_QUEUE else 2.0)
RESEND_AFTER_S = env.float("BOUNTY_RESEND_AFTER_S", default=60.0)  # a wake-up unanswered for longer is sent again
BOARD_KEPT_S = env.float("BOUNTY_BOARD_KEPT_S", default=5.0)  # that a counted board is shown while nothing happens
# Rows of a holdout that one task counts after a merge; a larger holdout is cut up, and its parts go to all workers.
RESCORE_PART_ROWS = env.int("BOUNTY_RESCORE_PART_ROWS", default=1_000_000)
MAX_ATTEMPTS = 3  # then the platform is at fault, and the quota is refunded

# --- language, time, logs --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
