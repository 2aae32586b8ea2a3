"""docs/scale.md is arithmetic on measured figures."""

from __future__ import annotations

from bench.batch.scale import ENCODERS
from bench.batch.scale_page import CHOSEN, page


def test_the_page_is_arithmetic() -> None:
    encoded = [
        {"side": side, "content": content, "encoder": encoder}
        | {"seconds": 0.001, "bytes": 2000.0, "check": 0.0001}
        for side, (content, encoder) in CHOSEN.items()
    ]
    drawn = [{"side": side, "network": "one", "seconds": side / 1000} for side in CHOSEN]
    text = page({"machine": "a machine", "drawn": drawn, "encoded": encoded})
    assert "| shards | 100,000 | 1,000,000 |" in text
    assert "| bytes | 2.0 TB | 2.0 TB |" in text
    assert "| core hours to draw | 17,778 | 284,444 |" in text
    assert "| core hours to encode | 278 | 278 |" in text
    assert "| cores for 30 days | 25.1 | 395.4 |" in text
    assert "| 64 px, PNG, level 4 | 722 | 40 |" in text
    assert {encoder for _, encoder in CHOSEN.values()} <= set(ENCODERS)
