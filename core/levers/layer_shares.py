"""Share of each layer in the effect of a lever, and the layers in which most of it arises."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.execution import float64_device, full_precision, in_chunks, plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, format_layers
from ..concepts.linearisation import AbstractLinearisation
from ..concepts.region import Region
from ..generators.rendering import chunk_that_fits
from ..jacobians.forward_linearisation import ForwardLinearisation
from ..jacobians.image_map import ImageMap, LinearMap, image_map

MAIN_SHARE = 0.8
"""Share of a lever's effect that its main layers have together."""

ENOUGH_CODES = 2
"""Number of codes that is enough: shares differ between levers, but hardly between images."""


@dataclass(frozen=True)
class LayerShares:
    """The share of each layer in the effect of K directions."""

    shares: Tensor
    """`[K, L]` float64 in [0, 1]: `n_l^T G_ll n_l` over their sum, with n_l the part of direction n
    in layer l and G the mean over codes of `J^T J`. Rows sum to 1, or 0 without any effect."""
    cross: Tensor
    """`[K]` float64: `(n^T G n - sum_l n_l^T G_ll n_l) / sum_l n_l^T G_ll n_l`. Near 0, the layers
    act independently and the shares describe the full effect; near -1 they cancel each other,
    above 0 they reinforce each other."""

    def main_layers(self, index: int, least: float = MAIN_SHARE) -> str:
        """The shortest run of consecutive layers with most of a direction's effect.

        Args:
            index: Number of the direction, from 0.
            least: Least share of the effect, from 0 to 1.

        Returns:
            Such as "8-11", "4" or "all", as `parse_layers` reads it; of several runs of this length
            the one with the largest share. A phrase where there is only one layer, or no effect.
        """
        row = self.shares[index]
        count = len(row)
        if float(row.sum()) == 0:
            return "none: nothing moves"
        if count == 1:
            return "the only layer"
        total = torch.cat([row.new_zeros(1), row.cumsum(dim=0)])  # [L + 1]
        enough = least * float(total[-1]) - 1e-9  # a share of exactly 0.8 is enough
        for length in range(1, count):
            sums = total[length:] - total[:-length]
            first = int(sums.argmax())
            if float(sums[first]) >= enough:
                return format_layers(tuple(range(first, first + length)), count)
        return format_layers(None, count)

    @property
    def all_main_layers(self) -> list[str]:
        """The main layers of each direction, as `main_layers` returns them."""
        return [self.main_layers(index) for index in range(len(self.shares))]

    def with_details(self, levers: Directions) -> Directions:
        """Add these shares to the details of directions, which files store.

        Args:
            levers: The K directions for which they were computed.

        Returns:
            The same directions with `details["lives_in"]` (their main layers),
            `details["layer_shares"]` and `details["layer_cross"]`.
        """
        facts = {
            "lives_in": self.all_main_layers,
            "layer_shares": [[round(share, 4) for share in row] for row in self.shares.tolist()],
            "layer_cross": [round(cross, 4) for cross in self.cross.tolist()],
        }
        return replace(levers, details={**levers.details, **facts})


def layer_shares(
    gan: Generator,
    codes: LatentCode,
    levers: Directions,
    region: Region | None = None,
    noise_mode: str = "const",
    progress: Progress | None = None,
) -> LayerShares:
    """Compute the share of each layer in the first-order effect of each lever.

    Takes one Jacobian-vector product per lever, layer and code: by the architecture's
    linearisation, which starts at the layer, or by `torch.func.jvp` without one. In W a direction
    is the same in every layer on which it acts; a direction in Z is first mapped to the layers by
    the derivative of the mapping network.

    Args:
        gan: The generator.
        codes: N codes; `ENOUGH_CODES` are enough.
        levers: K directions in any space.
        region: Where the effect is measured; none means the full image.
        noise_mode: "const" or "none".
        progress: Called with (done, total) products; may raise to cancel.

    Returns:
        The shares, from the mean over all codes.

    Raises:
        DirectionsError: The directions belong to another kind of generator.
        LatentError: The codes do not fit, or have no z although directions are in Z.
        RegionError: The region has another size.
    """
    spec = gan.spec
    size = spec.direction_dim(levers.space)
    if levers.vectors.shape[1] != size:
        raise DirectionsError(
            f"Directions of {levers.vectors.shape[1]} numbers were given in {levers.space.value}",
            f"{size}, as this {spec.architecture} generator takes",
            "Use directions of the same kind of generator",
        )
    report = progress or no_progress
    weights = None if region is None else region.require_size(spec.img_size).fractions(len(codes))
    with plain_tensors(), full_precision():
        alone = torch.zeros(len(levers), spec.num_ws, dtype=torch.float64)  # [K, L]
        together = torch.zeros(len(levers), dtype=torch.float64)  # [K]
        for number in range(len(codes)):

            def step(done: int, total: int, before: int = number) -> None:
                report(before * total + done, len(codes) * total)

            weight = None if weights is None else weights[number]
            energies = _energies(gan, codes[number], levers, weight, noise_mode, step)
            alone += energies[0]
            together += energies[1]
        energy = alone.sum(dim=1)
        safe = torch.where(energy > 0, energy, 1.0)
        cross = torch.where(energy > 0, (together - energy) / safe, 0.0)
        return LayerShares(alone / safe[:, None], cross)


def _energies(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    weight: Tensor | None,
    noise_mode: str,
    progress: Progress,
) -> tuple[Tensor, Tensor]:
    """`|J_l n_l|^2 [K, L]` and `|sum_l J_l n_l|^2 [K]` at one code, float64 on the CPU."""
    image = image_map(gan, code, levers.space, None, noise_mode)
    layers = _maps_of_layers(gan, code, image, levers.layers, noise_mode)
    # A copy, since tensors of inference mode cannot be differentiated.
    rows = levers.vectors.to(image.point, copy=True)  # [K, d]
    mask = None if weight is None else weight.to(image.point)
    steps = len(rows) * len(layers)

    def work(start: int, stop: int) -> tuple[Tensor, Tensor]:
        part = rows[start:stop]
        energies = torch.zeros(len(part), gan.spec.num_ws, dtype=torch.float64)
        total: Tensor | None = None
        for number, (layer, linear) in enumerate(layers.items()):
            moved = linear.push(part)
            energies[:, layer] = _energy(moved, mask)
            total = moved if total is None else total.add_(moved)
            progress(start * len(layers) + len(part) * (number + 1), steps)
        assert total is not None  # a direction acts on at least one layer
        return energies, _energy(total, mask)

    parts = in_chunks(len(rows), chunk_that_fits(gan.spec, gan.device), work)
    return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])


def _energy(images: Tensor, weight: Tensor | None) -> Tensor:
    """Weighted sum of squares of each image, `[B]` float64 on the CPU."""
    squares = images.square() if weight is None else images.square() * weight
    # Sums over rows in the type of the images, their sum in float64 where the device has it.
    return squares.sum(dim=3).to(float64_device(images.device), torch.float64).sum(dim=(1, 2)).cpu()


def _maps_of_layers(
    gan: Generator,
    code: LatentCode,
    image: ImageMap,
    acting: tuple[int, ...] | None,
    noise_mode: str,
) -> dict[int, LinearMap]:
    """For each layer on which directions act, the derivative by the displacement of that layer."""
    spec = gan.spec
    found = image.linearise(image.point.dtype)
    linear = _by_forward_mode(gan, code, image, noise_mode) if found is None else found
    layer_of = [style.layer for style in spec.styles] or list(range(spec.num_ws))
    chosen = range(spec.num_ws) if acting is None else acting
    return {
        layer: LinearMap(
            linear, tuple(b for b in image.blocks if layer_of[b.index] == layer), image.size
        )
        for layer in chosen
    }


def _by_forward_mode(
    gan: Generator, code: LatentCode, image: ImageMap, noise_mode: str
) -> AbstractLinearisation:
    """A linearisation by styles or layers' latents, for architectures without their own."""
    spec = gan.spec
    base = (gan.style_codes(code) if spec.styles else gan.layer_codes(code)).detach()

    def draw(delta: Tensor) -> Tensor:
        moved = base + delta.reshape(base.shape)
        drawn = gan.draw_styles if spec.styles else gan.draw
        return drawn(moved, code, noise_mode)[0]

    sizes = [style.channels for style in spec.styles] or [spec.latent_dim] * spec.num_ws
    return ForwardLinearisation(draw, torch.zeros_like(base).flatten(), sizes, image.image_shape)
