"""The bench of locality: its tables and bounds say what the results say."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.levers.solution_directions import with_seconds
from latent_levers.core.measures.curves import ChangeCurve

from bench.locality.attributes import GlobalLever, NamedLever
from bench.locality.bars import bars_of
from bench.locality.compare import Verdict, geometric_mean
from bench.locality.contenders import CONTENDERS
from bench.locality.faces import CHOOSE, FIND, JUDGE, PARTS
from bench.locality.holding import Change, Held, Wink
from bench.locality.results import Results
from bench.locality.tables import bars_table, hold_table, leakage_tables, seconds_table

N = 4
ATTRIBUTES = 3


def change(outside: float, moved: float) -> Change:
    """A change of N faces, equal on all of them."""
    attributes = torch.full((N, ATTRIBUTES), 0.01).double()
    attributes[:, 0] = moved
    return Change(torch.zeros(N, 3, 8, 8), torch.full((N,), 50.0), torch.full((N,), outside),
                  attributes, 0)  # fmt: skip


def results(leakage: dict[str, float], held: float = 1.0) -> Results:
    """Results in which every method has one leakage in all regions."""
    gan = ll.load_generator("portraits")
    levers = with_seconds(ll.sefa(gan, count=1), {"solve": 0.25})
    curve = ChangeCurve("x", torch.ones(1), 1.0, "sigma", torch.ones(1, N), torch.ones(1, N))
    verdicts = [
        Verdict(
            each.name, part.name, levers, 0, 1.0, 1, torch.full((N,), leakage.get(each.name, 1.0)),
            torch.ones(N), torch.ones(N), 0, torch.zeros(2, N, 3, 8, 8), curve,
        )
        for part in PARTS
        for each in CONTENDERS
    ]  # fmt: skip
    holds = [
        Held(part, torch.zeros(N, 3, 8, 8), 0, change(4.0, 1.0), change(held, 0.95),
             change(8.0, 2.0), change(4.0, 2.0), 0, part.attributes[0])
        for part in PARTS
    ]  # fmt: skip
    wink = Wink(torch.zeros(N, 3, 8, 8), change(4.0, -1.0), change(held, -1.0), 0, 1,
                (torch.full((N,), 30.0), torch.full((N,), 2.0)))  # fmt: skip
    globals_ = [GlobalLever(n, "score", torch.full((N,), 0.05), 0) for n in ("pose", "light")]
    names = [NamedLever("mouth", i, f"name {i}", 1.0, 0.95) for i in range(8)]
    return Results(verdicts, {}, holds, wink, globals_, names)


def test_bounds_hold_and_fail_by_the_figures() -> None:
    good = {"SeFa": 10.0, "LowRankGAN": 40.0, "StyleSpace": 50.0, "ReSeFa W": 100.0}
    good |= {"ReSeFa W+ standard": 150.0}
    failing = {bar.what for bar in bars_of(results(good)) if not bar.holds}
    assert not failing
    worse = results({**good, "StyleSpace": 70.0}, held=3.5)
    failing = {bar.what for bar in bars_of(worse) if not bar.holds}
    assert "ReSeFa W / StyleSpace, geometric means" in failing
    assert "ReSeFa W / LowRankGAN, geometric means" not in failing
    assert "mouth: MSE outside, held / plain" in failing
    assert "mouth: held, grey levels outside" in failing
    text = bars_table(bars_of(worse))
    assert "| at least 1.6 | 1.43 | **fails** |" in text


def test_tables_have_every_method_region_and_face() -> None:
    found = results({"SeFa": 4.0})
    assert geometric_mean(found.verdicts, "SeFa") == 4.0
    text = leakage_tables(found.verdicts)
    for each in CONTENDERS:
        assert each.name in text
    assert "mouth: SeFa (4). ReSeFa does not win this region." in text
    assert hold_table(found.held).count("95%") >= len(PARTS)
    assert "| SeFa | 0 | 0.25 | 0 |" in seconds_table(found.verdicts)


def test_no_face_serves_two_purposes() -> None:
    assert not set(FIND) & set(CHOOSE)
    assert not (set(FIND) | set(CHOOSE)) & set(JUDGE)
