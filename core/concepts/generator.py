"""What a generator is: plain facts, a network, and the function that Jacobians differentiate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError, LatentError
from .architecture import AbstractArchitecture
from .code_fit import check_codes
from .conditions import NOISE_MODES, Conditions
from .displacement import over_layers, over_styles
from .latent_code import LatentCode, LatentSpace, parse_layers
from .linearisation import AbstractLinearisation
from .network import AbstractNetwork, GeneratorSpec


@dataclass(frozen=True)
class Generator:
    """A trained generator, ready to use; made by `load_generator`."""

    spec: GeneratorSpec
    """Its plain facts."""
    network: AbstractNetwork
    """Its layers, in evaluation mode, without gradients."""
    w_avg: Tensor | None
    """`[latent_dim]`, centre of truncation; none where there is no mapping network."""
    w_covariance: Tensor | None = None
    """`[w_dim, w_dim]` float64, covariance of 10,000 mapped seeds, where the file holds it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the file says beyond its tensors: licence, training, regions, warnings."""
    architecture: AbstractArchitecture | None = None
    """What built the network and knows its linearisation; none means forward mode alone."""

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        return next(self.network.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Precision of the network; float32 unless asked otherwise."""
        return next(self.network.parameters()).dtype

    def to(
        self, *, device: str | torch.device | None = None, dtype: torch.dtype | None = None
    ) -> Generator:
        """The same generator elsewhere or in another precision; the network itself is moved.

        Args:
            device: New device, or none to stay.
            dtype: New floating-point type of the network, or none to keep it.

        Returns:
            A generator that shares this one's network.
        """
        with torch.inference_mode(False):
            self.network.to(device=device, dtype=dtype)
        w_avg = None if self.w_avg is None else self.w_avg.to(device=device, dtype=dtype)
        return replace(self, w_avg=w_avg)

    def check(self, codes: LatentCode) -> None:
        """Make sure that codes belong to a generator of this kind.

        Args:
            codes: Any codes.

        Raises:
            LatentError: Space, sizes or labels do not fit.
        """
        check_codes(self.spec, codes)

    def map(self, z: Tensor, codes: LatentCode) -> Tensor:
        """Map z with the labels and truncation of some codes.

        Args:
            z: `[N, z_dim]` on any device.
            codes: N codes; their labels, `truncation_psi` and `truncation_cutoff` are used.

        Returns:
            `[N, num_ws, latent_dim]` on the generator's device.
        """
        labels = None if codes.labels is None else codes.labels.to(self.device, self.dtype)
        w = self.network.map(z.to(self.device, self.dtype), labels)
        ws = w[:, None].expand(-1, self.spec.num_ws, -1)  # [N, L, D]
        if self.w_avg is None or codes.truncation_psi == 1.0:
            return ws
        cutoff = codes.truncation_cutoff
        psi = torch.full((self.spec.num_ws, 1), codes.truncation_psi).to(ws)
        if cutoff is not None:
            psi = torch.cat([psi[:cutoff], torch.ones_like(psi[cutoff:])])
        w_avg = self.w_avg.to(ws)
        return w_avg + psi * (ws - w_avg)

    def layer_codes(self, codes: LatentCode) -> Tensor:
        """What each layer takes: mapped where need be, edits in Z included, those in S not.

        Args:
            codes: N codes that fit this generator.

        Returns:
            `[N, num_ws, latent_dim]` on the generator's device.

        Raises:
            LatentError: The codes do not fit, are styles, or an edit in Z lost its z.
        """
        self.check(codes)
        if codes.space is LatentSpace.S:
            raise LatentError(
                "Codes in S were given where the latent of each layer is needed",
                "codes in Z, W or W+, which directions in S act on too",
                "Styles have no way back to w: keep the codes that they were made of",
            )
        if codes.space is LatentSpace.Z:
            return self.map(codes.values[:, 0], codes)
        ws = codes.values.to(self.device, self.dtype).expand(-1, self.spec.num_ws, -1)
        if codes.z_shift is None:
            return ws
        if codes.z is None:
            raise LatentError("Codes carry an edit in Z but no z", "the z that w was mapped from")
        return ws + self.map(codes.z + codes.z_shift, codes) - self.map(codes.z, codes)

    def style_codes(self, codes: LatentCode) -> Tensor:
        """The styles of codes in any space, edits in S included.

        Args:
            codes: N codes that fit this generator.

        Returns:
            `[N, sum of channels]` on the generator's device, in the order of `spec.styles`.

        Raises:
            LatentError: The codes do not fit, or the generator has no styles.
        """
        self.spec.direction_dim(LatentSpace.S)
        if codes.space is LatentSpace.S:
            self.check(codes)
            styles = codes.values[:, 0].to(self.device, self.dtype)
        else:
            styles = self.network.styles(self.layer_codes(codes))
        return styles if codes.style_shift is None else styles + codes.style_shift.to(styles)

    def draw_codes(
        self, codes: LatentCode, noise_mode: str, transform: Tensor | None = None
    ) -> Tensor:
        """Draw the images of codes in any space; see `draw`.

        Args:
            codes: N codes that fit this generator.
            noise_mode: One of `NOISE_MODES`.
            transform: See `draw`.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1].
        """
        if codes.space is LatentSpace.S:
            return self.draw_styles(self.style_codes(codes), codes, noise_mode, transform)
        return self.draw(self.layer_codes(codes), codes, noise_mode, transform)

    def draw(
        self, ws: Tensor, codes: LatentCode, noise_mode: str, transform: Tensor | None = None
    ) -> Tensor:
        """Draw images from per-layer latents with labels, seeds and edits in S of some codes.

        Args:
            ws: `[N, num_ws, latent_dim]` on the generator's device.
            codes: The N codes that they belong to.
            noise_mode: One of `NOISE_MODES`.
            transform: See `Conditions`; only for a generator whose spec is `transformable`.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1].

        Raises:
            LatentError: The noise mode is unknown, or the generator cannot be transformed.
        """
        if codes.style_shift is not None:
            styles = self.network.styles(ws) + codes.style_shift.to(ws)
            return self.draw_styles(styles, codes, noise_mode, transform)
        return self.network.synthesize(ws, self._conditions(ws, codes, noise_mode, transform))

    def draw_styles(
        self, styles: Tensor, codes: LatentCode, noise_mode: str, transform: Tensor | None = None
    ) -> Tensor:
        """Draw images from styles with labels and seeds of some codes, whose own are not added.

        Args:
            styles: `[N, sum of channels]` on the generator's device.
            codes: See `draw`.
            noise_mode: See `draw`.
            transform: See `draw`.

        Returns:
            See `draw`.

        Raises:
            LatentError: See `draw`.
        """
        conditions = self._conditions(styles, codes, noise_mode, transform)
        return self.network.synthesize_styles(styles, conditions)

    def _conditions(
        self, like: Tensor, codes: LatentCode, noise_mode: str, transform: Tensor | None
    ) -> Conditions:
        """What a drawing depends on beside latents, in their type and place."""
        if transform is not None and not self.spec.transformable:
            raise LatentError(
                f"A rotation or translation was asked of a {self.spec.architecture} generator",
                "a StyleGAN3",
                "Leave both at 0",
            )
        if noise_mode not in NOISE_MODES:
            raise LatentError(
                f"Unknown noise_mode {noise_mode!r}", f"one of {', '.join(NOISE_MODES)}"
            )
        labels = None if codes.labels is None else codes.labels.to(like)
        moved = None if transform is None else transform.to(like)
        return Conditions(labels, noise_mode, codes.seeds, codes.truncation_psi, moved)

    def linearise(
        self, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation | None:
        """The derivative of one image, where its architecture has a linearisation of its own.

        Args:
            inputs: Styles `[1, sum of channels]` where the spec lists any, else the latents of the
                layers, `[1, num_ws, latent_dim]`.
            conditions: Classes and noise; the noise is constant or absent.
            dtype: Precision of the tangents.

        Returns:
            The linearisation; none where forward mode is used instead.
        """
        if self.architecture is None:
            return None
        return self.architecture.linearise(self.network, inputs, conditions, dtype)

    def as_function(
        self,
        code: LatentCode,
        space: LatentSpace,
        layers: tuple[int, ...] | None = None,
        noise_mode: str = "const",
    ) -> Callable[[Tensor], Tensor]:
        """The image as a function of a displacement of one code; Jacobians differentiate it at 0.

        Args:
            code: One code (N = 1).
            space: Where the displacement lives.
            layers: Layers that are displaced; none means all.
            noise_mode: "const" or "none", since noise must stand still while differentiating.

        Returns:
            A function from a displacement to an image `[C, H, W]`. The displacement has z_dim
            entries in Z, w_dim in W, as many per layer in Z+ and W+ (layer-major), and in S one
            per channel of the styles that read these layers, in the styles' own unit.

        Raises:
            LatentError: The code has no z, or z was asked for on some layers of a mapping network's
                generator, or the noise is not constant.
            DirectionsError: More than one code was given.
        """
        if len(code) != 1:
            raise DirectionsError(f"{len(code)} codes were given at once", "one")
        if noise_mode == "random":
            raise LatentError(
                "noise_mode 'random' was asked for while differentiating", "'const' or 'none'"
            )
        spec = self.spec
        spec.direction_dim(space)
        chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
        if space is LatentSpace.S:
            styles = self.style_codes(code).detach()  # [1, sum of channels]
            spread = over_styles(spec.styles, chosen)
            return lambda delta: self.draw_styles(styles + spread(delta), code, noise_mode)[0]
        base = self.layer_codes(code).detach()  # [1, L, D]
        if space.shared is not spec.native_space:
            return self._function_of_z(code, base, chosen, noise_mode)
        shift = over_layers(spec.num_ws, chosen, not space.is_plus, base)
        return lambda delta: self.draw(base + shift(delta), code, noise_mode)[0]

    def _function_of_z(
        self, code: LatentCode, base: Tensor, layers: tuple[int, ...], noise_mode: str
    ) -> Callable[[Tensor], Tensor]:
        """`as_function` before a mapping network: w moves by map(z + delta) - map(z)."""
        if len(layers) != self.spec.num_ws:
            raise LatentError(
                f"Layers {list(layers)} were chosen in Z",
                "all layers, since one z feeds them all",
                "Use space W or W+ to act on some layers",
            )
        z = code.source_z
        if z is None:
            raise LatentError(
                "These codes carry no z",
                "codes from sample_latents or map_latents",
                "Use space W or W+",
            )
        z = z.to(base)
        mapped = self.map(z, code).detach()

        def image(delta: Tensor) -> Tensor:
            return self.draw(base + self.map(z + delta, code) - mapped, code, noise_mode)[0]

        return image
