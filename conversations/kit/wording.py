"""How amounts and goods are put into words, the same in every conversation."""

from __future__ import annotations

from locales import Text, _, either
from storage.programme.plans import Item


def goods_of(item: Item) -> Text:
    """What is counted, as in “chiếc chăn bông” or “quilts”."""
    return either(vi=f"{item.unit} {item.name}", en=item.name_en)


def counted(count: int, item: Item) -> Text:
    """An amount, as in “60 chiếc chăn bông”."""
    return _("{count} {goods}").format(count=count, goods=goods_of(item))
