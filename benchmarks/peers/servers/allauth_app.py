"""django-allauth: its headless sign-up, SQLite in memory, mandatory verification by a mail."""

import io
import json
import secrets
import sys
from importlib.metadata import version
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from benchmarks.peers.turns import serve

# As `django-admin startproject` writes them.
VALIDATORS = (
    *("UserAttributeSimilarityValidator", "MinimumLengthValidator"),
    *("CommonPasswordValidator", "NumericPasswordValidator"),
)


class NoHash(PBKDF2PasswordHasher):
    """Django's own hasher, without the work."""

    algorithm = "none"

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return f"none$1${salt}$none"


settings.configure(
    SECRET_KEY=secrets.token_hex(),
    ALLOWED_HOSTS=["shop.example"],
    ROOT_URLCONF="allauth.headless.urls",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
        "allauth.headless",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTH_PASSWORD_VALIDATORS=[
        {"NAME": f"django.contrib.auth.password_validation.{name}"} for name in VALIDATORS
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher", f"{__name__}.NoHash"],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    ACCOUNT_LOGIN_METHODS={"email"},
    ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
    ACCOUNT_EMAIL_VERIFICATION="mandatory",
    # Counted, but never reached.
    ACCOUNT_RATE_LIMITS={"signup": "1000000/m/ip", "confirm_email": "1000000/m/key"},
    HEADLESS_ONLY=True,
    HEADLESS_CLIENTS=("app",),
    HEADLESS_FRONTEND_URLS={
        "account_confirm_email": "https://shop.example/verify/{key}",
        "account_reset_password": "https://shop.example/reset",
        "account_signup": "https://shop.example/sign-up",
    },
)
django.setup()

from django.contrib.auth import hashers  # noqa: E402 - needs the settings
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

call_command("migrate", verbosity=0, stdout=sys.stderr)
application = get_wsgi_application()
real, none = PBKDF2PasswordHasher(), NoHash()
chosen = {"hasher": real}
get_hasher = hashers.get_hasher
hashers.get_hasher = lambda name="default": (
    chosen["hasher"] if name == "default" else get_hasher(name)
)


def post(path: str, body: bytes) -> tuple[str, bytes]:
    """Call the application as a server does; return the status and the body."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "shop.example", "SERVER_PORT": "443", "HTTP_HOST": "shop.example",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "203.0.113.7",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "HTTP_USER_AGENT": "Browser/1", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "https", "wsgi.version": (1, 0), "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    statuses: list[str] = []
    response = application(environ, lambda status, *_: statuses.append(status))
    content = b"".join(response)
    response.close()
    return statuses[0], content


def sign_up(number: int, hashed: bool) -> None:
    chosen["hasher"] = real if hashed else none
    document = {"email": f"sonia{number}@example.com", "password": "sturdy teapot orbit"}
    status, content = post("/app/v1/auth/signup", json.dumps(document).encode())
    # 401: signed up, but the address is to be verified.
    assert status.startswith("401"), (status, content)
    assert b"verify_email" in content


serve({name: version(name) for name in ("django-allauth", "Django")}, sign_up)
