"""Logs as other shops write them: the same events, read by the format of that name."""

from pathlib import Path

import pytest

from sflydwh.formats.judgement import Accepted, Ignored
from sflydwh.formats.named import format_of
from sflydwh.generator import write_log
from sflydwh.generator.request import LogRequest
from sflydwh.generator.shops import SHOPS
from sflydwh.reader.pieces import Limits, Piece
from sflydwh.reader.rows import exact_pieces
from sflydwh.reader.source import open_source

EVENTS = 2_000


def pieces(shop: str, folder: Path) -> list[Piece]:
    path = folder / shop
    size = write_log(LogRequest(EVENTS, customers=100, seed=4, shop=shop), str(path))
    with open_source(str(path), size) as source:
        return list(exact_pieces(source, format_of(shop), Limits()))


@pytest.mark.parametrize("shop", SHOPS)
def test_each_shop_logs_the_same_orders_and_visits(shop: str, tmp_path: Path) -> None:
    def told(found: list[Piece]) -> list[tuple[str, str, int, object]]:
        events = [piece.outcome for piece in found if isinstance(piece.outcome, Accepted)]
        return [
            (each.type, each.customer_id, each.micros, each.amount)
            for each in events
            if each.type in ("ORDER", "SITE_VISIT")
        ]

    found = pieces(shop, tmp_path)
    assert len(found) == EVENTS
    assert all(isinstance(piece.outcome, Accepted | Ignored) for piece in found)
    assert told(found) == told(pieces("sfly", tmp_path))


def test_dirt_is_made_for_sfly_alone() -> None:
    with pytest.raises(ValueError, match="dirt can be made for sfly logs only, not for ga4"):
        LogRequest(1, dirty=0.1, shop="ga4")
