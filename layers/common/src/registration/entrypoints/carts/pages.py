"""Writing the pages of carts, of the checkout, and of the demo shop."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from registration.application.carts import CartView
from registration.domain.carts import LARGEST_QUANTITY, Cart
from registration.domain.customers import Customer
from registration.entrypoints.carts.catalogue import BY_SKU
from registration.entrypoints.rendering.page_writing import NOTHING, PageWriter, Visit
from registration.entrypoints.rendering.times import day
from registration.entrypoints.web.pages import Named
from registration.frozen import dataclass

CART = "/cart"
MY_CARTS = "/account/carts"


class CartNotice(Named):
    """What a page says above a cart."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    GONE = "gone"
    NOTHING_TO_BUY = "nothing-to-buy"


@dataclass(frozen=True)
class Line:
    """One SKU in a cart: its name if it is known, and what was typed as its quantity."""

    sku: str
    name: str
    quantity: str
    error: str = ""


@dataclass(frozen=True)
class Mistake:
    """A quantity that cannot be, as it was typed, and what is wrong with it."""

    sku: str
    typed: str
    told: str


@dataclass(frozen=True)
class CartPages:
    """Every page of carts. ``has_shop`` says whether there is the demo shop to go back to."""

    writer: PageWriter
    has_shop: bool = True

    def cart(
        self,
        visit: Visit,
        cart: Cart | None,
        notice: CartNotice | None = None,
        *,
        mistake: Mistake | None = None,
        summary: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Return the cart that somebody is filling; without one, an empty one."""
        return self._cart("cart", visit, cart, notice=notice, mistake=mistake, summary=summary)

    def my_carts(self, visit: Visit, carts: Sequence[CartView]) -> str:
        """Return the list of a customer's carts."""
        return self.writer.page(
            "account_carts", visit, carts=carts, day=partial(day, locale=visit.locale)
        )

    def my_cart(
        self,
        visit: Visit,
        shown: CartView,
        notice: CartNotice | None = None,
        *,
        mistake: Mistake | None = None,
    ) -> str:
        """Return one of a customer's carts."""
        cart = shown.cart
        return self._cart(
            "account_cart",
            visit,
            cart,
            notice=notice,
            mistake=mistake,
            is_default=shown.is_default,
            day=partial(day, locale=visit.locale),
            here=f"{MY_CARTS}/{cart.cart_id}",
        )

    def login_step(self, visit: Visit, cart: Cart) -> str:
        """Return the step of the checkout that asks who somebody is."""
        return self._cart("checkout_login", visit, cart, errors=NOTHING)

    def checkout(self, visit: Visit, cart: Cart, customer: Customer | None) -> str:
        """Return where the shop's own checkout goes on, for a customer or for a guest."""
        return self._cart("checkout", visit, cart, customer=customer)

    def _cart(
        self,
        name: str,
        visit: Visit,
        cart: Cart | None,
        *,
        mistake: Mistake | None = None,
        summary: Sequence[tuple[str, str]] = (),
        **content: Any,
    ) -> str:
        lines = self._lines(visit, cart.items if cart else {}, mistake)
        wrong = [
            (f"quantity-{n}", line.error) for n, line in enumerate(lines, start=1) if line.error
        ]
        # What it is about is not in the cart any more: then it stands by no field.
        elsewhere = [("", mistake.told)] if mistake and not wrong else []
        return self.writer.page(
            name,
            visit,
            cart=cart,
            lines=lines,
            summary=[*summary, *elsewhere, *wrong],
            focus=wrong[0][0] if wrong else "",
            has_shop=self.has_shop,
            largest_quantity=LARGEST_QUANTITY,
            **content,
        )

    def _lines(self, visit: Visit, items: Mapping[str, int], mistake: Mistake | None) -> list[Line]:
        lines = []
        for sku in sorted(items):
            article = BY_SKU.get(sku)
            name = self.writer.say(visit.locale, f"article.{article.name}.name") if article else sku
            line = Line(sku, name, str(items[sku]))
            if mistake and mistake.sku == sku:
                line = Line(sku, name, mistake.typed, mistake.told)
            lines.append(line)
        return lines
