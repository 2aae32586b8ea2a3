"""How close and how typical the code of a photograph is, in words."""

from __future__ import annotations

from ...concepts.generator import Generator

GOOD, FAIR = 28.0, 20.0
"""Decibels from which a reconstruction is close, and below which it shows something else: held-out
renders of portraits reach 22 to 30 in W, photographs of other things 11 to 18."""

UNLIKE = 1.85
"""Typicality above which a generator does not draw such pictures: held-out renders reach 0.6 to
1.8, photographs of other things 1.8 to 3."""


def verdict(gan: Generator, psnr: float, typicality: float) -> str:
    """Judge one inversion.

    Args:
        gan: The generator.
        psnr: Likeness to the photograph, in decibels.
        typicality: Length of the code over the bound of random codes.

    Returns:
        A sentence about each, and what to do where the generator cannot draw the photograph.
    """
    if psnr >= GOOD:
        close = "close to the photograph"
    elif psnr >= FAIR:
        close = "like the photograph, without its details"
    else:
        close = "not like the photograph"
    if typicality <= 1:
        code = f"the code is as typical as random ones ({typicality:.2f} of their bound)"
    else:
        code = (
            f"the code is farther out than random ones ({typicality:.2f} times their bound), so "
            "that pulls may break it sooner"
        )
    if psnr >= FAIR and typicality <= UNLIKE:
        return f"The reconstruction is {close} ({psnr:.1f} dB); {code}."
    height, width = gan.spec.img_size
    return (
        f"This {gan.spec.architecture} generator of {width} x {height} pixels hardly draws such a "
        f"picture ({psnr:.1f} dB; {code}). Cut the photograph as the generator's own images are "
        "cut, or use a generator that was trained on pictures of this kind, for a photograph of a "
        "face one trained on photographs of faces, such as FFHQ."
    )
