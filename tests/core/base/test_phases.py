"""Seconds by phase."""

from __future__ import annotations

import time

import latent_levers as ll
import pytest
from cases import tiny
from latent_levers.core.base.phases import phase, record_phases
from latent_levers.core.jacobians.options import JacobianOptions


def test_an_inner_phase_does_not_count_for_the_outer_one() -> None:
    with record_phases() as seconds:
        with phase("outer"):
            time.sleep(0.02)
            with phase("inner"):
                time.sleep(0.06)
            time.sleep(0.02)
        time.sleep(0.05)
        with phase("outer"):
            time.sleep(0.01)
    assert list(seconds) == ["outer", "inner"]
    assert 0.05 <= seconds["outer"] < 0.1
    assert 0.06 <= seconds["inner"] < 0.1


def test_phases_end_with_errors_and_recorders_do_not_see_each_other() -> None:
    with record_phases() as first:
        with pytest.raises(ValueError, match="stop"), phase("a"):
            raise ValueError("stop")
        with record_phases() as second, phase("b"):
            pass
        with phase("c"):
            pass
    assert (list(first), list(second)) == (["a", "c"], ["b"])
    with phase("nobody records"):
        pass


def test_resefa_has_a_jacobian_a_solve_and_corrections() -> None:
    gan = tiny()
    codes, region = ll.sample_latents(gan, 2), ll.Region.box(0, 0, 4, 4, gan.spec.img_size)
    with record_phases() as exact:
        ll.resefa(gan, codes, region, count=2)
    assert list(exact) == ["jacobian", "solve"]
    assert min(exact.values()) > 0
    with record_phases() as fast:
        ll.resefa(
            gan, codes, region, count=2, effort=JacobianOptions(precision="bfloat16", corrections=2)
        )
    assert set(fast) == {"jacobian", "solve", "correction"}
