"""A generator: its facts, its network, and the function that Jacobians differentiate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError, LatentError
from .architecture import AbstractArchitecture
from .centre import centre_of_w
from .code_fit import check_codes
from .conditions import Conditions, require_still_noise
from .displacement import over_layers, over_styles
from .latent_code import LatentCode, LatentSpace, parse_layers
from .linearisation import AbstractLinearisation
from .network import AbstractNetwork, GeneratorSpec


@dataclass(frozen=True)
class Generator:
    """A trained generator, ready to use; made by `load_generator`."""

    spec: GeneratorSpec
    """Sizes, layers and spaces."""
    network: AbstractNetwork
    """Its layers, in evaluation mode, without gradients."""
    w_avg: Tensor | None
    """Mean of w, `[latent_dim]` or one per class, `[c_dim, latent_dim]`; see `centre_of_w`."""
    w_covariance: Tensor | None = None
    """`[w_dim, w_dim]` float64, covariance of 10,000 mapped seeds, where the file stores it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of the file: licence, training, regions, warnings."""
    architecture: AbstractArchitecture | None = None
    """Built the network and linearises it; none means that only forward mode is available."""

    @property
    def device(self) -> torch.device:
        """Device of the network."""
        return next(self.network.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """Floating-point type of the network; float32 by default."""
        return next(self.network.parameters()).dtype

    def to(
        self, *, device: str | torch.device | None = None, dtype: torch.dtype | None = None
    ) -> Generator:
        """Move the network, in place, to another device or floating-point type.

        Args:
            device: New device; none keeps it.
            dtype: New floating-point type; none keeps it.

        Returns:
            A generator with the same network, and `w_avg` moved alike.
        """
        with torch.inference_mode(False):
            self.network.to(device=device, dtype=dtype)
        w_avg = None if self.w_avg is None else self.w_avg.to(device=device, dtype=dtype)
        return replace(self, w_avg=w_avg)

    def check(self, codes: LatentCode) -> None:
        """Check that codes fit this generator.

        Args:
            codes: Any codes.

        Raises:
            LatentError: Space, sizes or labels do not fit.
        """
        check_codes(self.spec, codes)

    def map(self, z: Tensor, codes: LatentCode) -> Tensor:
        """Map z to w with the labels and truncation of the given codes.

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
        psi = torch.full((self.spec.num_ws, 1), codes.truncation_psi).to(ws)  # [L, 1]
        if codes.truncation_cutoff is not None:
            psi[codes.truncation_cutoff :] = 1.0
        centre = centre_of_w(self.spec, self.w_avg, codes).to(ws)
        return centre + psi * (ws - centre)

    def layer_codes(self, codes: LatentCode) -> Tensor:
        """The latent of each layer: codes in Z are mapped, edits in Z applied, edits in S not.

        Args:
            codes: N codes that fit this generator.

        Returns:
            `[N, num_ws, latent_dim]` on the generator's device.

        Raises:
            LatentError: The codes do not fit, are styles, or carry an edit in Z but no z.
        """
        self.check(codes)
        if codes.space is LatentSpace.S:
            raise LatentError(
                "Codes in S were given where the latent of each layer is needed",
                "codes in Z, W or W+, which directions in S act on too",
                "w cannot be recovered from styles: keep the codes that they were computed from",
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
        """Styles of codes in any space, edits in S applied.

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
        """Render codes in any space, without clamping.

        Args:
            codes: N codes that fit this generator.
            noise_mode: One of `NOISE_MODES`.
            transform: `[3, 3]` as in `Conditions`, only for a `transformable` generator; or none.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1].
        """
        if codes.space is LatentSpace.S:
            return self.draw_styles(self.style_codes(codes), codes, noise_mode, transform)
        return self.draw(self.layer_codes(codes), codes, noise_mode, transform)

    def draw(
        self, ws: Tensor, codes: LatentCode, noise_mode: str, transform: Tensor | None = None
    ) -> Tensor:
        """Render per-layer latents with the labels, seeds and edits in S of the given codes.

        Args:
            ws: `[N, num_ws, latent_dim]` on the generator's device.
            codes: The N codes that the latents belong to.
            noise_mode: One of `NOISE_MODES`.
            transform: `[3, 3]` as in `Conditions`, only for a `transformable` generator; or none.

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
        """Render styles with the labels and seeds of the given codes, but not their edits in S.

        Args:
            styles: `[N, sum of channels]` on the generator's device.
            codes: The N codes that the styles belong to.
            noise_mode: One of `NOISE_MODES`.
            transform: `[3, 3]` as in `Conditions`, only for a `transformable` generator; or none.

        Returns:
            `[N, img_channels, H, W]`, nominal range [-1, 1].

        Raises:
            LatentError: The noise mode is unknown, or the generator cannot be transformed.
        """
        conditions = self._conditions(styles, codes, noise_mode, transform)
        return self.network.synthesize_styles(styles, conditions)

    def _conditions(
        self, like: Tensor, codes: LatentCode, noise_mode: str, transform: Tensor | None
    ) -> Conditions:
        """Inputs besides the latents, with the type and device of `like`."""
        if transform is not None and not self.spec.transformable:
            raise LatentError(
                f"A {self.spec.architecture} generator cannot be rotated or translated",
                "a StyleGAN3",
                "Leave both at 0",
            )
        labels = None if codes.labels is None else codes.labels.to(like)
        moved = None if transform is None else transform.to(like)
        return Conditions(labels, noise_mode, codes.seeds, codes.truncation_psi, moved)

    def linearise(
        self, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation | None:
        """The derivative of one image, where the architecture implements one.

        Args:
            inputs: Styles `[1, sum of channels]` where `spec.styles` lists any, else the latents of
                the layers, `[1, num_ws, latent_dim]`.
            conditions: Classes and noise; the noise mode is "const" or "none".
            dtype: Precision of the tangents.

        Returns:
            The linearisation; none where forward mode (`torch.func.jvp`) is used instead.
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
        """The image as a function of a displacement of one code; its Jacobian is taken at 0.

        Args:
            code: One code (N = 1).
            space: Space of the displacement.
            layers: Layers that are displaced; none means all.
            noise_mode: "const" or "none", since noise must be constant for a derivative.

        Returns:
            A function from a displacement to an image `[C, H, W]`. The displacement has z_dim
            entries in Z, w_dim in W, as many per layer in Z+ and W+ (layer-major), and in S one
            per channel of the styles that read these layers, in the unit of the styles.

        Raises:
            LatentError: The code lacks its z, some layers were chosen in Z, or noise is random.
            DirectionsError: More than one code was given.
        """
        if len(code) != 1:
            raise DirectionsError(f"{len(code)} codes were given at once", "one")
        require_still_noise(noise_mode)
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
        """`as_function` in Z with a mapping network: w moves by map(z + delta) - map(z)."""
        if len(layers) != self.spec.num_ws:
            raise LatentError(
                f"Layers {list(layers)} were chosen in Z",
                "all layers, since one z feeds them all",
                "Use «space W» or «space W+» to act on some layers",
            )
        z = code.source_z
        if z is None:
            raise LatentError(
                "These codes carry no z",
                "codes as they were sampled",
                "Use «space W» or «space W+»",
            )
        z = z.to(base)
        w = self.map(z, code).detach()  # [1, L, D]
        return lambda delta: self.draw(base + self.map(z + delta, code) - w, code, noise_mode)[0]
