"""fastapi-users: its register router, SQLAlchemy on SQLite in memory, verification by a mail."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from importlib.metadata import version
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import StaticPool

from benchmarks.peers.turns import serve

SECRET = secrets.token_hex()
engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
session_maker = async_sessionmaker(engine, expire_on_commit=False)
real = PasswordHelper()
passwords = SimpleNamespace(hashed=True)
sent: list[str] = []


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class Helper(PasswordHelper):
    """The library's own, or no hash."""

    def hash(self, password: str) -> str:
        return real.hash(password) if passwords.hashed else "none"


class UserManager(UUIDIDMixin, BaseUserManager):
    reset_password_token_secret = verification_token_secret = SECRET

    async def on_after_register(self, user: Any, request: Any = None) -> None:
        await self.request_verify(user, request)

    async def on_after_request_verify(self, user: Any, token: str, request: Any = None) -> None:
        sent[:] = [f"To: {user.email}\n\nhttps://shop.example/verify?token={token}"]


async def users() -> AsyncIterator[Any]:
    async with session_maker() as session:
        yield SQLAlchemyUserDatabase(session, User)


async def manager(database: Annotated[Any, Depends(users)]) -> AsyncIterator[Any]:
    yield UserManager(database, Helper())


class UserRead(schemas.BaseUser):
    pass


class UserCreate(schemas.BaseUserCreate):
    pass


backend = AuthenticationBackend(
    name="jwt",
    transport=BearerTransport(tokenUrl="login"),
    get_strategy=lambda: JWTStrategy(secret=SECRET, lifetime_seconds=3600),
)
app = FastAPI()
fastapi_users = FastAPIUsers(manager, [backend])
app.include_router(fastapi_users.get_register_router(UserRead, UserCreate))


async def post(path: str, body: bytes) -> int:
    """Call the application as a server does; return the status."""
    headers = [(b"host", b"shop.example"), (b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "https", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": headers, "client": ("203.0.113.7", 1),
        "server": ("shop.example", 443),
    }  # fmt: skip
    answers = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    return int(answers[0]["status"])


async def make_tables() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


with asyncio.Runner() as runner:
    runner.run(make_tables())

    def sign_up(number: int, hashed: bool) -> None:
        passwords.hashed = hashed
        document = {"email": f"sonia{number}@example.com", "password": "sturdy teapot orbit"}
        status = runner.run(post("/register", json.dumps(document).encode()))
        assert status == 201, status
        assert f"sonia{number}@" in sent[0]

    names = ("fastapi-users", "fastapi", "SQLAlchemy", "pwdlib")
    serve({name: version(name) for name in names}, sign_up)
