"""Encoders of photographs as others publish them: e4e, pSp, and those into W."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ...base.errors import CheckpointError, LatentError, PackError
from ...base.execution import full_precision, in_chunks, plain_tensors
from ...base.progress import Progress
from ...base.wording import warn
from ...concepts.checkpoint import Checkpoint, checkpoint_errors
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace
from ...files.bundled import find_generator
from ...files.leftovers import check_leftovers, left_over
from ...files.recognition import read_checkpoint
from ...files.roots import without_wrappers
from ...latents.code_statistics import covariance_of_w
from .network import EncoderNetwork
from .settings import settings_of

KINDS = ("e4e", "pSp", "W")
"""Ways from heads to a code: the first head's w with offsets by layer, a w by layer, or one w."""

_TYPES = {
    "Encoder4Editing": "e4e",
    "GradualStyleEncoder": "pSp",
    "SingleStyleCodeEncoder": "W",
    "BackboneEncoderUsingLastLayerIntoW": "W",
}
"""What files state as encoder_type."""

_FIRST = "input_layer.0.weight"
"""Name of the first convolution, without the encoder's root."""

_CHUNK = 4
"""Photographs at a time."""

_FAR = 0.25
"""Distance between the encoder's mean w and the generator's, in deviations of w, above which the
encoder was trained for another generator."""


@dataclass(frozen=True)
class Encoder:
    """An encoder, ready to use; made by `load_encoder`."""

    network: EncoderNetwork
    """Its layers, in evaluation mode, without gradients."""
    kind: str
    """One of `KINDS`."""
    mean_w: Tensor | None
    """`[L or 1, w_dim]`, added to what the network says; none where nothing is added."""
    name: str
    """Of its file."""

    @property
    def side(self) -> int:
        """Height and width in pixels to which photographs are resized."""
        return self.network.settings.side

    def encode(
        self, photos: Tensor, gan: Generator | None = None, progress: Progress | None = None
    ) -> LatentCode:
        """Find the codes of photographs.

        Args:
            photos: `[N, 3, H, W]` in [-1, 1], square, cut as the encoder's training pictures were;
                resized to `side` with antialiasing.
            gan: The generator of the codes, checked for its size; none checks nothing.
            progress: Called with (done, total) photographs; may raise to cancel.

        Returns:
            N codes in W+ (in W for an encoder into W), on the CPU.

        Raises:
            PackError: The photographs have another shape.
            LatentError: The codes do not fit the generator.
        """
        if photos.ndim != 4 or photos.shape[1] != 3 or photos.shape[2] != photos.shape[3]:
            raise PackError(
                f"Photographs of shape {list(photos.shape)} were given to {self.name}",
                "[N, 3, H, H]: in colour and square",
                "Cut them as the encoder's training pictures were",
            )
        first = next(self.network.parameters())

        def work(start: int, stop: int) -> Tensor:
            part = photos[start:stop].to(first)
            if part.shape[2] != self.side:
                size = (self.side, self.side)
                part = F.interpolate(part, size, mode="bilinear", antialias=True).clamp(-1, 1)
            return self._codes(self.network(part)).cpu()

        with plain_tensors(), full_precision():
            values = torch.cat(in_chunks(len(photos), _CHUNK, work, progress))
        space = LatentSpace.W if self.kind == "W" else LatentSpace.W_PLUS
        codes = LatentCode(values, space, origin="" if gan is None else gan.spec.fingerprint)
        if gan is not None:
            self._check_generator(gan, codes)
        return codes

    def _codes(self, said: Tensor) -> Tensor:
        """Codes `[N, L, w_dim]` of what the heads say."""
        if self.kind == "e4e":
            said = torch.cat([said[:, :1], said[:, :1] + said[:, 1:]], dim=1)
        if self.mean_w is None:
            return said
        mean = self.mean_w.to(said)
        return said + (mean.mean(dim=0) if self.kind == "W" else mean)

    def _check_generator(self, gan: Generator, codes: LatentCode) -> None:
        """Refuse a generator of another size; warn of one with another mean w."""
        try:
            gan.check(codes)
        except LatentError as error:
            raise LatentError(
                f"The encoder {self.name} does not fit this generator: {error.found}",
                error.expected,
                "Use the generator that the encoder was trained for; such files hold it, too",
            ) from None
        if self.mean_w is None or gan.w_avg is None or gan.w_avg.ndim != 1:
            return
        apart = self.mean_w.mean(dim=0).to("cpu", torch.float64) - gan.w_avg.to(
            "cpu", torch.float64
        )
        deviation = covariance_of_w(gan).trace().sqrt()
        if bool(apart.norm() > _FAR * deviation):
            warn(
                f"The mean w of the encoder {self.name} is {float(apart.norm() / deviation):.2g} "
                "deviations from this generator's: it was trained for another generator, and its "
                "codes mean nothing here"
            )


def load_encoder(
    path: str | os.PathLike[str], device: str | torch.device = "cpu", *, kind: str | None = None
) -> Encoder:
    """Load an encoder of photographs; nothing in the file is ever executed.

    Args:
        path: A file of pSp or encoder4editing, with or without the generator beside the encoder.
        device: Where to put the network.
        kind: "e4e", "pSp" or "W"; none takes what the file states. Files of e4e and pSp have the
            same tensors, so that one which states nothing needs it.

    Returns:
        The encoder, in float32, without gradients.

    Raises:
        CheckpointError: There is no such file, it is damaged, it holds no such encoder, or its kind
            is unknown.
    """
    source = find_generator(path)
    with plain_tensors():
        checkpoint = without_wrappers(read_checkpoint(source))
        part = checkpoint.under(_root(checkpoint, source.name))
        with checkpoint_errors("an encoder"):
            settings = settings_of(part.tensors, source.name)
            with torch.device("meta"):
                network = EncoderNetwork(settings)
            _fill(network, part.tensors, source.name)
        chosen = _kind(checkpoint.config, kind, bool(settings.heads), source.name)
        mean = _mean_w(checkpoint, settings.w_dim, len(settings.heads), source.name)
        network = network.to(device).eval().requires_grad_(False)
    return Encoder(network, chosen, mean, source.name)


def _root(checkpoint: Checkpoint, name: str) -> str:
    """Root of the encoder in a file."""
    found = [n for n in checkpoint.tensors if n == _FIRST or n.endswith(f".{_FIRST}")]
    if not found:
        raise CheckpointError(
            f"{name} holds no encoder of photographs",
            "an encoder of e4e or pSp, whose first tensor is encoder.input_layer.0.weight",
            "Generators are for «load_generator»",
        )
    return min(found, key=len)[: -len(_FIRST)].rstrip(".")


def _kind(config: Mapping[str, Any], given: str | None, heads: bool, name: str) -> str:
    """The kind of an encoder, as given or stated."""
    stated = str(config.get("opts/encoder_type", ""))
    found = given or _TYPES.get(stated, "" if heads else "W")
    if found not in KINDS:
        what = f"the kind {stated[:60]!r}, which is unknown" if stated else "no kind"
        raise CheckpointError(
            f"{name} states {f'the kind {given[:60]!r}' if given else what}",
            f"one of {', '.join(KINDS)}; files of e4e and pSp have the same tensors",
            "Give «encoder_kind e4e» or «encoder_kind pSp»",
        )
    if heads is (found == "W"):
        has = "heads for each layer" if heads else "one head"
        raise CheckpointError(f"{name} has {has}, which no encoder of kind {found} has", "its kind")
    return found


def _mean_w(checkpoint: Checkpoint, w_dim: int, heads: int, name: str) -> Tensor | None:
    """The mean w that is added to codes, `[L or 1, w_dim]`; none where nothing is added."""
    found = next(
        (t for n, t in checkpoint.tensors.items() if n.split(".")[-1] == "latent_avg"), None
    )
    if not checkpoint.config.get("opts/start_from_latent_avg", found is not None):
        return None
    if found is None:
        raise CheckpointError(
            f"{name} says that a mean w is added to its codes, and lacks latent_avg",
            "the mean w of its generator",
            "Use a file that was saved as a whole",
        )
    rows = found.to(torch.float32).reshape(-1, found.shape[-1] if found.ndim else 1)
    fits = rows.shape[1] == w_dim and (not heads or len(rows) in (1, heads))
    if not fits or not bool(torch.isfinite(rows).all()):
        raise CheckpointError(
            f"latent_avg of {name} is {list(found.shape)}, or not finite",
            f"{w_dim} finite numbers, once or for each of {heads or 'the'} layers",
            "The file is damaged",
        )
    return rows.clone()


def _fill(network: EncoderNetwork, tensors: Mapping[str, Tensor], name: str) -> None:
    """Copy the weights into a network of no memory; all must be there, finite and in shape."""
    state = network.state_dict()
    owned: dict[str, Tensor] = {}
    for key, value in state.items():
        given = tensors.get(key)
        if given is None and key.endswith("num_batches_tracked"):
            given = torch.zeros((), dtype=torch.int64)
        if given is None or given.shape != value.shape:
            has = "no tensor" if given is None else f"{list(given.shape)} for"
            raise CheckpointError(
                f"{name} holds {has} {key} of its encoder",
                f"shape {list(value.shape)}",
                "The file may be cut off, or of a variant that the pack does not know",
            )
        owned[key] = given.to(value.dtype, copy=True)
        if not bool(torch.isfinite(owned[key]).all()):
            raise CheckpointError(
                f"Tensor {key} of {name} holds NaN or infinite weights",
                "finite weights",
                "The file is damaged",
            )
    network.load_state_dict(owned, assign=True)
    for doubt in check_leftovers(left_over(tensors, state.keys()), "an encoder"):
        warn(doubt, stacklevel=3)
