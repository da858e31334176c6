"""The demo shop's articles. A real shop has its own; carts know nothing of either."""

from collections.abc import Mapping
from types import MappingProxyType

from registration.frozen import dataclass


@dataclass(frozen=True)
class Article:
    """Something to buy. Its texts and its picture go by ``name``."""

    name: str
    sku: str


ARTICLES = (
    Article("tea", "tea/earl-grey-100g"),
    Article("mug", "mug-stoneware"),
    Article("honey", "honey forest 250 g"),
    Article("candle", "candle-40h"),
    Article("notebook", "notebook#a5"),
    Article("blanket", "blanket-wool"),
)

BY_SKU: Mapping[str, Article] = MappingProxyType({article.sku: article for article in ARTICLES})
