"""Search for the seeds nearest to latent codes, on all layers together or layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, format_layers, parse_layers
from .alignment import drop_z, to_plus
from .sampling import draw_z, map_latents

_CHUNK = 1000
"""Seeds per call of the mapping network."""


@dataclass(frozen=True)
class Neighbours:
    """The seeds whose codes are nearest to one code on some layers."""

    row: int
    """Row of the code in the batch, from 0."""
    layers: tuple[int, ...]
    """The layers that were compared."""
    seeds: tuple[int, ...]
    """Nearest first."""
    distances: tuple[float, ...]
    """Root mean square distance per layer, in units of that between two random seeds: 0 is the
    seed itself, 1 is typical of an unrelated seed."""

    def sentence(self, num_ws: int) -> str:
        """Describe the result.

        Args:
            num_ws: Number of layers of the generator.

        Returns:
            Such as "code 0, layers all: seed 7 (0.00), seed 12 (0.81)".
        """
        pairs = zip(self.seeds, self.distances, strict=True)
        found = ", ".join(f"seed {seed} ({distance:.2f})" for seed, distance in pairs)
        return f"code {self.row}, layers {format_layers(self.layers, num_ws)}: {found}"


def nearest_seeds(
    gan: Generator,
    codes: LatentCode,
    layers: Layers = None,
    count: int = 5,
    candidates: int = 10_000,
    first: int = 0,
    each_layer: bool = False,
    progress: Progress | None = None,
) -> list[Neighbours]:
    """Search the seeds `first` to `first + candidates - 1` for the images nearest to some codes.

    The distance is `sqrt(sum_l |w_l - v_l|^2 / l)` over the l chosen layers; w is the code and v
    the code of a seed with the same class and truncation. Latents are compared, not images; edits
    in S are ignored.

    Args:
        gan: The generator.
        codes: N codes: sampled, edited, mixed, or projected from a photograph.
        layers: Layers that are compared; none means all.
        count: Seeds per code K, nearest first.
        candidates: Number of seeds that are searched.
        first: The first of these seeds.
        each_layer: Whether every chosen layer is searched separately.
        progress: Called with (seeds done, candidates); an exception raised from it cancels.

    Returns:
        One result per code, or per code and layer: all layers of the first code first.

    Raises:
        LatentError: The codes do not fit or are styles, a layer does not exist, or a number is out
            of range.
    """
    spec = gan.spec
    if count < 1 or candidates < count or not 0 <= first <= 2**32 - candidates:
        raise LatentError(
            f"The nearest {count} of {candidates} seeds from {first} on were requested",
            "at least one, at most as many as are searched, and seeds from 0 to 4294967295",
        )
    if codes.space is LatentSpace.S:
        raise LatentError("Codes in S were given to compare with seeds", "codes in Z or W")
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    targets = _latents(gan, drop_z(gan, codes))  # [N, L, D]
    sets = [(layer,) for layer in chosen] if each_layer else [chosen]
    report = progress or no_progress
    best = [[_Best(count) for _ in sets] for _ in range(len(codes))]
    groups = _rows_by_class(codes)
    typical: list[float] = [0.0] * len(codes)
    for start in range(0, candidates, _CHUNK):
        report(start, candidates)
        z = draw_z(spec.z_dim, min(_CHUNK, candidates - start), first + start, spec.distribution)
        for rows in groups:
            tested = _candidates(gan, codes[rows[0]], z)  # [M, L, D]
            for row in rows:
                squares = (tested - targets[row]).square().sum(dim=2)  # [M, L]
                for nearest, part in zip(best[row], sets, strict=True):
                    nearest.offer(squares[:, list(part)].mean(dim=1).sqrt(), first + start)
                if start == 0:
                    typical[row] = _typical(tested)
    report(candidates, candidates)
    return [
        nearest.neighbours(row, part, typical[row])
        for row in range(len(codes))
        for nearest, part in zip(best[row], sets, strict=True)
    ]


class _Best:
    """The nearest seeds so far."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._distances = torch.empty(0, dtype=torch.float64)
        self._seeds = torch.empty(0, dtype=torch.int64)

    def offer(self, distances: Tensor, first: int) -> None:
        """Merge the distances of the seeds from `first` on."""
        seeds = torch.arange(first, first + len(distances))
        both = torch.cat([self._distances, distances]), torch.cat([self._seeds, seeds])
        kept = both[0].argsort(stable=True)[: self._count]
        self._distances, self._seeds = both[0][kept], both[1][kept]

    def neighbours(self, row: int, layers: tuple[int, ...], unit: float) -> Neighbours:
        """The result, with distances divided by `unit`."""
        distances = (self._distances / unit).tolist() if unit else self._distances.tolist()
        return Neighbours(row, layers, tuple(self._seeds.tolist()), tuple(distances))


def _latents(gan: Generator, codes: LatentCode) -> Tensor:
    """The latent of each layer, `[N, L, D]` float64 on the CPU."""
    return codes.values.to(torch.float64).expand(-1, gan.spec.num_ws, -1)


def _candidates(gan: Generator, code: LatentCode, z: Tensor) -> Tensor:
    """Codes of seeds with the class and truncation of one code: `[M, L, D]` float64."""
    if gan.spec.distribution == "truncated-normal":
        z = z * code.truncation_psi
    labels = None if code.labels is None else code.labels.expand(len(z), -1)
    space, psi, cutoff = LatentSpace.Z, code.truncation_psi, code.truncation_cutoff
    codes = LatentCode(z[:, None], space, labels, truncation_psi=psi, truncation_cutoff=cutoff)
    with plain_tensors():
        ws = gan.map(z, codes)
    return ws.to("cpu", torch.float64)


def _typical(codes: Tensor) -> float:
    """Root mean square distance between two random seeds, per layer."""
    if len(codes) < 2:
        return 0.0
    return float((2 * codes.var(dim=0).sum(dim=1)).mean().sqrt())


def _rows_by_class(codes: LatentCode) -> list[list[int]]:
    """Rows of codes, grouped by class; each group is compared with the same candidates."""
    if codes.labels is None:
        return [list(range(len(codes)))]
    groups: dict[tuple[float, ...], list[int]] = {}
    for row, label in enumerate(codes.labels.tolist()):
        groups.setdefault(tuple(label), []).append(row)
    return list(groups.values())


def seed_codes(gan: Generator, like: LatentCode, seeds: Sequence[int]) -> LatentCode:
    """Sample the codes of seeds with the class and truncation of another code.

    Args:
        gan: The generator.
        like: The code with the class and truncation.
        seeds: The seeds.

    Returns:
        One code per seed, in the generator's native space.
    """
    spec = gan.spec
    z = torch.cat([_z_of(gan, seed) for seed in seeds])
    if spec.distribution == "truncated-normal":
        z = z * like.truncation_psi
    return map_latents(
        gan,
        z,
        None if like.labels is None else like.labels.expand(len(z), -1),
        like.truncation_psi,
        like.truncation_cutoff,
        seeds=tuple(seeds),
    )


def replace_layers_by_seeds(
    gan: Generator, codes: LatentCode, found: Sequence[Neighbours]
) -> LatentCode:
    """Replace layers of codes by those of their nearest seeds.

    Args:
        gan: A generator with more than one layer that takes a latent.
        codes: N codes.
        found: The results of `nearest_seeds` for these codes, layer by layer.

    Returns:
        N codes: layers that were searched are those of the nearest seeds, other layers are
        unchanged.
    """
    per_layer = to_plus(gan, codes)
    values = per_layer.values.clone()
    for near in found:
        (ws,) = _candidates(gan, codes[near.row], _z_of(gan, near.seeds[0]))  # [L, D]
        rows = list(near.layers)
        values[near.row, rows] = ws[rows].to(values)
    return replace(per_layer, values=values)


def _z_of(gan: Generator, seed: int) -> Tensor:
    """The z of one seed: `[1, z_dim]`."""
    return draw_z(gan.spec.z_dim, 1, seed, gan.spec.distribution)
