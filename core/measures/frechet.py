"""The Frechet distance of two sets of pictures, by the features of some network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..base.errors import CheckpointError, PackError
from ..base.execution import plain_tensors
from ..base.extras import import_extra
from ..files.recognition import read_checkpoint

_LARGEST_WEIGHTS = 512 << 20
"""Largest file of Inception weights, in bytes; the usual one has 91 MB."""

_INCEPTION = "torch_fidelity.feature_extractor_inceptionv3"
_CHUNK = 16


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Frechet distance of two samples as normal distributions.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium" (NeurIPS 2017), equation 6: `|m1 - m2|^2 + trace(C1 + C2 - 2 (C1 C2)^(1/2))`, in
    float64. The last trace is that of a symmetric matrix with the same eigenvalues as `C1 C2`.

    Args:
        first: Features `[N, D]` of at least two pictures.
        second: Features `[M, D]` of at least two pictures.

    Returns:
        The distance, at least 0, in squared units of the features. It depends on the number of
        pictures: compare distances of equally many ones.

    Raises:
        PackError: Shapes do not fit, there are fewer than two pictures, or features are not finite.
    """
    for features in (first, second):
        if features.ndim != 2 or len(features) < 2 or features.shape[1] != first.shape[1]:
            raise PackError(
                f"Features of shapes {list(first.shape)} and {list(second.shape)} were compared",
                "[N, D] and [M, D] of at least two pictures each",
            )
        if not torch.isfinite(features).all():
            raise PackError("Features hold NaN or infinite numbers", "finite features")
    with plain_tensors():
        x, y = (features.detach().to("cpu", torch.float64) for features in (first, second))
        a, b = (torch.atleast_2d(torch.cov(features.T)) for features in (x, y))  # [D, D]
        squares, axes = torch.linalg.eigh(a)
        root = (axes * squares.clamp_min(0).sqrt()) @ axes.T
        product = root @ b @ root
        shared = torch.linalg.eigvalsh((product + product.T) / 2).clamp_min(0).sqrt().sum()
        shift = (x.mean(dim=0) - y.mean(dim=0)).square().sum()
        return max(0.0, float(shift + a.trace() + b.trace() - 2 * shared))


def inception_features(path: Path) -> Callable[[Tensor], Tensor]:
    """Features of a user's own Inception weights, as the published distances use them.

    The network is that of the package torch-fidelity, which reproduces the published numbers; the
    weights are those of its file `weights-inception-2015-12-05`. They are read as tensors before
    that package sees them; no code in the file is run.

    Args:
        path: A file of weights that torch-fidelity takes, of at most 512 MB.

    Returns:
        A function from images `[N, 3, H, W]`, nominal range [-1, 1], to features `[N, 2048]`.

    Raises:
        CheckpointError: The file is missing, too large, unreadable, or holds another network.
        PackError: torch-fidelity is missing.
    """
    module = import_extra(_INCEPTION, "torch-fidelity", "The Frechet distance by Inception")
    if not path.is_file():
        raise CheckpointError(f"There is no file {path.name}", "a file of Inception weights")
    if path.stat().st_size > _LARGEST_WEIGHTS:
        raise CheckpointError(
            f"{path.name} has {path.stat().st_size} bytes",
            f"Inception weights of at most {_LARGEST_WEIGHTS} bytes",
        )
    tensors = dict(read_checkpoint(path).tensors)
    with tempfile.TemporaryDirectory() as folder, plain_tensors():
        plain = Path(folder) / "inception.pth"
        torch.save({name: tensor.contiguous() for name, tensor in tensors.items()}, plain)
        try:
            network: Any = module.FeatureExtractorInceptionV3(
                "inception", ["2048"], feature_extractor_weights_path=str(plain)
            )
        except RuntimeError as error:
            raise CheckpointError(
                f"{path.name} holds no Inception weights ({str(error)[:120]})",
                "weights as torch-fidelity takes them, such as "
                "weights-inception-2015-12-05-6726825d.pth",
            ) from None

    def features(images: Tensor) -> Tensor:
        if images.ndim != 4 or images.shape[1] != 3:
            raise PackError(f"Images have shape {list(images.shape)}", "[N, 3, H, W], in colour")
        with plain_tensors():
            pixels = ((images.to("cpu", torch.float32) + 1) * 127.5).round().clamp(0, 255).byte()
            return torch.cat([network(part)[0] for part in pixels.split(_CHUNK)])

    return features
