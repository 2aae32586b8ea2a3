"""SeFa as in rosinality/stylegan2-pytorch (closed_form_factorization.py)."""

from __future__ import annotations

from torch import Tensor

from ....base.errors import SolveError
from ....concepts.network import AbstractNetwork
from .convention import AbstractSeFaConvention

_RGB = "torgb"


class RosinalityConvention(AbstractSeFaConvention):
    """Stored style weights of all convolutions and of the first RGB output, rows not scaled.

    Singular values of the stacked weights are the square roots of the eigenvalues. The weights have
    the scale at which StyleGAN2 stores them, whatever the file format: `sqrt(w_dim)` times that of
    the weights applied to w.
    """

    id = "rosinality"
    title = "code of rosinality (StyleGAN2): stored weights of the convolutions"
    normalizes = False

    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """See `AbstractSeFaConvention.matrices`.

        The RGB output at 4 pixels takes the latent of layer 1, and is included where that layer is
        chosen; RGB outputs at other resolutions are never included.

        Args:
            network: A StyleGAN2.
            layers: The chosen layers, each from 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]` each, as StyleGAN2 stores them.

        Raises:
            SolveError: The network is not a StyleGAN2, or only its RGB output was chosen.
        """
        spec = network.spec()
        if spec.architecture != "stylegan2":
            raise SolveError(
                f"The SeFa convention rosinality was requested for a {spec.architecture} generator",
                "a StyleGAN2 generator, the only architecture of that code",
                'Use the convention "genforce", with normalize off for rows that are not scaled',
            )
        state = network.state_dict()
        names = [spec.layers[layer].name for layer in layers]
        chosen = [name for name in names if not name.endswith(_RGB)]
        first_rgb = f"b4.{_RGB}"
        if 1 in layers and f"synthesis.{first_rgb}.affine.weight" in state:
            chosen.append(first_rgb)
        if not chosen:
            raise SolveError(
                f"Only {', '.join(names)} was chosen, which the rosinality convention leaves out",
                "at least one convolution",
            )
        return [state[f"synthesis.{name}.affine.weight"] for name in chosen]
