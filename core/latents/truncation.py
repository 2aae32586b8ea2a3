"""Truncation towards the centre of a latent space, and the codes at the centre."""

from __future__ import annotations

from dataclasses import replace

import torch

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..concepts.centre import centre_of_w
from ..concepts.code_fit import check_truncation
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, parse_layers
from .alignment import drop_z, to_plus
from .sampling import Labels, class_vectors, draw_z

AVERAGED = 2_000
"""Number of seeds, from 0, over which the mean w of a class is computed."""


def truncate(
    gan: Generator, codes: LatentCode, truncation_psi: float, layers: Layers = None
) -> LatentCode:
    """Truncate codes: `w_avg + psi (w - w_avg)` (Karras et al., CVPR 2019, app. B).

    The centre is the mean w of the code's class where the generator has one for each class, as in
    StyleGAN-XL.

    The truncation of the codes is multiplied: psi 0.5 on codes with 0.7 gives 0.35. Edits are
    scaled with the codes.

    Args:
        gan: The generator.
        codes: N codes in Z, Z+, W or W+.
        truncation_psi: Share of the distance to the centre that is kept: 1 keeps all, 0 gives the
            average image, negative values the opposite.
        layers: Layers that are truncated; none means all.

    Returns:
        N codes. If all layers are truncated they keep their z, for levers in Z. In Z without a
        mapping network z is scaled, and so is the truncation that selects BigGAN's batch-norm
        statistics.

    Raises:
        LatentError: The codes are styles or do not fit, a layer does not exist, or psi is out of
            range.
    """
    gan.check(codes)
    check_truncation(truncation_psi)
    if codes.space is LatentSpace.S:
        raise LatentError(
            "Codes in S were given to be truncated",
            "codes in Z or W",
            "Truncate before the conversion to S",
        )
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    whole = len(chosen) == spec.num_ws
    product = codes.truncation_psi * truncation_psi
    if codes.style_shift is not None:
        # Styles are affine in w, so edits in S are scaled as well.
        shift = codes.style_shift.clone()
        for part in spec.style_slices(chosen):
            shift[:, part] *= truncation_psi
        codes = replace(codes, style_shift=shift)
    if gan.w_avg is None:
        if whole:
            return replace(codes, values=codes.values * truncation_psi, truncation_psi=product)
    elif whole and codes.truncation_cutoff in (None, spec.num_ws):
        if codes.space is LatentSpace.Z:  # truncated when it is mapped
            return replace(codes, truncation_psi=product)
        centre = centre_of_w(gan.spec, gan.w_avg, codes).to(codes.values)
        values = centre + truncation_psi * (codes.values - centre)
        return replace(codes, values=values, truncation_psi=product)
    if whole:
        plain = drop_z(gan, codes)  # some layers were truncated before, which z cannot express
        chosen_rows = list(range(plain.values.shape[1]))
    else:
        plain = to_plus(gan, codes)
        chosen_rows = list(chosen)
    values = plain.values.clone()
    centre = centre_of_w(gan.spec, gan.w_avg, codes).to(values)
    values[:, chosen_rows] = centre + truncation_psi * (values[:, chosen_rows] - centre)
    return replace(plain, values=values)


def average_latent(gan: Generator, labels: Labels = None) -> LatentCode:
    """Compute the code at the centre of the latent space; for portraits, the average face.

    Args:
        gan: The generator.
        labels: Classes of a conditional generator as in `map_latents`, one code each.

    Returns:
        One code, or one per class: the mean w of the file; with classes, that of each class, or
        where the file has one mean for all, the mean w of `AVERAGED` seeds of each class; without a
        mapping network, z = 0.

    Raises:
        LatentError: Labels are missing, superfluous, or name a class that does not exist.
    """
    spec = gan.spec
    count = 1
    if labels is not None and not isinstance(labels, int):
        count = len(labels)
    vectors = class_vectors(gan, labels, count)
    if gan.w_avg is None:
        values = torch.zeros(count, 1, spec.z_dim)
        return LatentCode(values, LatentSpace.Z, vectors, origin=spec.fingerprint)
    if vectors is None:
        mean = gan.w_avg.to("cpu", torch.float32)[None]
    elif gan.w_avg.ndim == 2:
        mean = vectors @ gan.w_avg.to(vectors)
    else:
        z = draw_z(spec.z_dim, AVERAGED, 0, spec.distribution).to(gan.device, gan.dtype)
        with plain_tensors():
            mean = torch.stack(
                [
                    gan.network.map(z, row.to(z).expand(AVERAGED, -1)).mean(dim=0).to("cpu")
                    for row in vectors
                ]
            ).to(torch.float32)
    return LatentCode(mean[:, None].clone(), LatentSpace.W, vectors, origin=spec.fingerprint)


def average_codes(gan: Generator, codes: LatentCode) -> LatentCode:
    """Average a batch of codes.

    Args:
        gan: The generator.
        codes: N codes.

    Returns:
        One code without z, in the space of the batch, with the mean of the classes and edits in S.
    """
    ready = drop_z(gan, codes)
    labels, shift = ready.labels, ready.style_shift
    return replace(
        ready,
        values=ready.values.mean(dim=0, keepdim=True),
        labels=None if labels is None else labels.mean(dim=0, keepdim=True),
        style_shift=None if shift is None else shift.mean(dim=0, keepdim=True),
        seeds=None,
    )
