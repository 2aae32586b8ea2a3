"""The branches that no test on a CPU reaches, and which of them this run went through."""

from __future__ import annotations

from collections.abc import Iterator

from .arms import all_arms, device_calls
from .check import NOT_HERE, Finding, Setting
from .checkout import ROOT


def findings(setting: Setting) -> Iterator[Finding]:
    """Every such branch, read from the source now.

    Args:
        setting: The device, and the lines that the other checks ran through.

    Yields:
        How many there are and were reached, then one finding for each.
    """
    arms = all_arms(ROOT)
    reached = [arm for arm in arms if arm.reached(setting.device, setting.reached)]
    yield Finding("branches that a CPU never takes", float(len(arms)))
    mine = [arm for arm in arms if setting.device in arm.taken_on]
    if mine:
        yield Finding("of those that this device takes, share that was reached",
                      len([arm for arm in reached if arm in mine]) / len(mine))  # fmt: skip
    for arm in arms:
        what = f"`{arm.place}`: `{arm.condition}` is {arm.value}"
        if arm in reached:
            outcome = "reached"
        else:
            outcome = "not reached" if setting.device in arm.taken_on else NOT_HERE
        yield Finding(what, outcome=outcome, note=f"on {', '.join(arm.taken_on) or 'none'}")
    for place, text in device_calls(ROOT):
        yield Finding(f"`{place}`: `{text}`", outcome="no effect on a CPU")
