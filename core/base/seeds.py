"""Seeds of 64 bits as NumPy takes them."""

from __future__ import annotations

from .wording import warn

SEEDS = 2**32
"""Number of different seeds: NumPy's `RandomState`, which NVIDIA's scripts use, takes 32 bits."""


def counted_seed(seed: int, count: int = 1) -> int:
    """Reduce a seed modulo 2^32, and warn if that changes it or a seed that follows it.

    ComfyUI and other programs have seeds of 64 bits. Smaller seeds keep their images.

    Args:
        seed: Any whole number.
        count: Number of successive seeds that are used.

    Returns:
        A seed from 0 to 2^32 - 1.
    """
    counted = seed % SEEDS
    if counted != seed:
        warn(
            f"Seed {seed} counts as seed {counted}: random numbers are drawn as in NVIDIA's "
            "scripts, by NumPy, whose seeds have 32 bits, so that seeds count modulo 2^32 = "
            f"{SEEDS}",
            stacklevel=3,
        )
    elif counted + count > SEEDS:
        warn(
            f"Seed {SEEDS - 1} is the last one; the next is seed 0, since seeds count modulo 2^32",
            stacklevel=3,
        )
    return counted
