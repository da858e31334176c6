"""Every path of the service, what can be done there, and which function does it.

API Gateway routes by ``template.yaml``; this table is what the code knows of it, and a
test holds one against the other. It answers what API Gateway leaves to the ``$default``
route: a path with a slash at its end, ``HEAD`` where there is ``GET``, a method that a
path does not have, and which paths speak JSON:API.
"""

import re
from functools import cache, cached_property

from registration.frozen import dataclass

_API = """
POST   /customers                                       register
GET    /customers                                       account
PATCH  /customers                                       account
DELETE /customers                                       account
GET    /customers/{reference}                           account
PATCH  /customers/{reference}                           account
DELETE /customers/{reference}                           account
POST   /customer-confirmation                           confirm
POST   /customer-confirmation-requests                  confirm
PATCH  /customer-password                               account
PATCH  /customer-password/{reference}                   account
POST   /customer-forgotten-password                     account
PATCH  /customer-restore-password                       account
PATCH  /customer-restore-password/{key}                 account
POST   /access-tokens                                   sign_in
POST   /refresh-tokens                                  sign_in
DELETE /refresh-tokens                                  sign_in
DELETE /refresh-tokens/{token}                          sign_in
POST   /token                                           sign_in
POST   /guest-cart-items                                carts
GET    /guest-carts                                     carts
PATCH  /guest-carts                                     carts
GET    /guest-carts/{id}                                carts
PATCH  /guest-carts/{id}                                carts
POST   /guest-carts/{id}/guest-cart-items               carts
PATCH  /guest-carts/{id}/guest-cart-items               carts
DELETE /guest-carts/{id}/guest-cart-items               carts
PATCH  /guest-carts/{id}/guest-cart-items/{sku+}        carts
DELETE /guest-carts/{id}/guest-cart-items/{sku+}        carts
GET    /carts                                           carts
GET    /customers/{reference}/carts                     carts
POST   /carts                                           carts
PATCH  /carts                                           carts
DELETE /carts                                           carts
GET    /carts/{id}                                      carts
PATCH  /carts/{id}                                      carts
DELETE /carts/{id}                                      carts
POST   /carts/{id}/items                                carts
PATCH  /carts/{id}/items                                carts
DELETE /carts/{id}/items                                carts
PATCH  /carts/{id}/items/{sku+}                         carts
DELETE /carts/{id}/items/{sku+}                         carts
"""

_PAGES = """
GET    /                                                carts
GET    /style.css                                       sign_in
GET    /script.js                                       sign_in
GET    /icon.svg                                        sign_in
GET    /brand/{name}                                    sign_in
GET    /login                                           sign_in
POST   /login                                           sign_in
POST   /logout                                          sign_in
GET    /register                                        register
POST   /register                                        register
GET    /register/almost-there                           confirm
GET    /register/state                                  confirm
POST   /register/code                                   confirm
POST   /register/new-mail                               confirm
GET    /confirm                                         confirm
HEAD   /confirm                                         confirm
POST   /confirm                                         confirm
GET    /confirm/new-link                                confirm
POST   /confirm/new-link                                confirm
GET    /confirm/new-link/sent                           confirm
GET    /not-me                                          confirm
POST   /not-me                                          confirm
GET    /not-me/done                                     confirm
GET    /allow-mails                                     confirm
POST   /allow-mails                                     confirm
GET    /forgot-password                                 account
POST   /forgot-password                                 account
GET    /forgot-password/sent                            account
POST   /forgot-password/code                            account
GET    /restore-password                                account
POST   /restore-password                                account
GET    /account                                         account
POST   /account                                         account
GET    /account/email                                   account
POST   /account/email                                   account
POST   /account/email/code                              account
GET    /confirm-email                                   account
POST   /confirm-email                                   account
GET    /restore-email                                   account
POST   /restore-email                                   account
GET    /withdraw-consent                                account
POST   /withdraw-consent                                account
GET    /account/password                                account
POST   /account/password                                account
POST   /account/logout-everywhere                       account
GET    /account/data                                    account
POST   /account/data                                    account
GET    /account/delete                                  account
POST   /account/delete                                  account
GET    /account/carts                                   carts
GET    /account/carts/{id}                              carts
POST   /account/carts/{id}/items/change                 carts
GET    /cart                                            carts
POST   /cart/items                                      carts
POST   /cart/items/change                               carts
GET    /checkout                                        carts
GET    /checkout/guest                                  carts
POST   /checkout/guest                                  carts
GET    /back-office                                     back_office
GET    /back-office/style.css                           back_office
GET    /back-office/login                               back_office
POST   /back-office/login                               back_office
POST   /back-office/logout                              back_office
POST   /back-office/logout-everywhere                   back_office
GET    /back-office/password                            back_office
POST   /back-office/password                            back_office
GET    /back-office/invitation                          back_office
POST   /back-office/invitation                          back_office
GET    /back-office/customers                           back_office
GET    /back-office/customers/new                       back_office
POST   /back-office/customers/new                       back_office
POST   /back-office/customers/allow-mails               back_office
GET    /back-office/customers/{reference}               back_office
GET    /back-office/customers/{reference}/edit          back_office
POST   /back-office/customers/{reference}/edit          back_office
POST   /back-office/customers/{reference}/resend        back_office
POST   /back-office/customers/{reference}/password-mail back_office
POST   /back-office/customers/{reference}/lift-suppression back_office
POST   /back-office/customers/{reference}/data          back_office
GET    /back-office/customers/{reference}/anonymise     back_office
POST   /back-office/customers/{reference}/anonymise     back_office
GET    /back-office/imports                             back_office
POST   /back-office/imports/new                         back_office
GET    /back-office/imports/uploaded/{upload_id}        back_office
GET    /back-office/imports/{import_id}                 back_office
GET    /back-office/imports/{import_id}/progress        back_office
GET    /back-office/imports/{import_id}/failed.csv      back_office
GET    /back-office/record                              back_office
GET    /back-office/script.js                           back_office
GET    /docs                                            documentation
GET    /docs/style.css                                  documentation
GET    /openapi.json                                    documentation
"""


@dataclass(frozen=True)
class Route:
    """One method of one path. ``function`` is the folder in ``functions/``."""

    method: str
    path: str
    function: str
    is_page: bool

    @property
    def key(self) -> str:
        """What API Gateway calls it."""
        return f"{self.method} {self.path}"

    def parameters_in(self, path: str) -> dict[str, str] | None:
        """Return what a path has for the variables of this one, if it fits."""
        literal, variable, _ = self.path.partition("{")
        if not variable:
            return {} if path == literal else None
        match = self._pattern.fullmatch(path) if path.startswith(literal) else None
        return match.groupdict() if match else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # {id} is one segment of the path, {sku+} one or more.
        single = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        return re.compile(re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", single))


@cache
def routes() -> tuple[Route, ...]:
    """Return every route."""
    return tuple(
        Route(method, path, function, is_page=table is _PAGES)
        for table in (_API, _PAGES)
        for method, path, function in map(str.split, table.strip().splitlines())
    )


def plain_path(path: str) -> str:
    """Return a path with one slash before it and none after, ``/`` itself apart."""
    return f"/{path.strip('/')}"


def route_of(method: str, path: str) -> Route | None:
    """Return the route that answers a method of a path; ``GET`` answers ``HEAD``, too."""
    found = {route.method: route for route in _at(path)}
    return found.get(method) or (found.get("GET") if method == "HEAD" else None)


def methods_of(path: str) -> tuple[str, ...]:
    """Return what can be done at a path, for an ``Allow`` header; nothing at an unknown one."""
    found = {route.method for route in _at(path)}
    if not found:
        return ()
    extra = {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())
    return tuple(sorted(found | extra))


def speaks_json_api(path: str) -> bool:
    """Whether a path is the API's rather than a browser's."""
    return any(not route.is_page for route in _at(path))


def _at(path: str) -> list[Route]:
    plain = plain_path(path)
    # Compiling all patterns takes longer than the rest of a short answer: no path begins with a
    # variable.
    first = plain.split("/")[1]
    alike = [route for route in routes() if route.path.split("/")[1] == first]
    return [route for route in alike if route.parameters_in(plain) is not None]
