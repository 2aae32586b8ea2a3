"""SeFa as rosinality/stylegan2-pytorch runs it (closed_form_factorization.py)."""

from __future__ import annotations

from torch import Tensor

from ....base.errors import SolveError
from ....concepts.network import AbstractNetwork
from .convention import AbstractSeFaConvention

_RGB = "torgb"


class RosinalityConvention(AbstractSeFaConvention):
    """Stored style weights of all convolutions and of the first RGB output, rows as they are.

    Singular values of the stack are the square roots of our eigenvalues. The weights are taken at
    the scale at which StyleGAN2 stores them, whatever file they came from: `sqrt(w_dim)` times what
    acts on w.
    """

    id = "rosinality"
    title = "as rosinality's repository runs it (StyleGAN2): stored weights of the convolutions"
    normalizes = False

    def matrices(self, network: AbstractNetwork, layers: tuple[int, ...]) -> list[Tensor]:
        """See `AbstractSeFaConvention.matrices`.

        The RGB output at 4 pixels shares the latent of the layer after the first convolution, and
        takes part where that layer is chosen; those of other resolutions never do.

        Args:
            network: A StyleGAN2.
            layers: The chosen layers, each from 0 to `num_ws - 1`.

        Returns:
            `[rows, latent_dim]` each, as StyleGAN2 stores them.

        Raises:
            SolveError: The network is no StyleGAN2, or only its RGB output was chosen.
        """
        spec = network.spec()
        if spec.architecture != "stylegan2":
            raise SolveError(
                f"SeFa's rosinality convention was asked of a {spec.architecture} generator",
                "a StyleGAN2, the only one that its repository has",
                'Use the convention "genforce", without normalisation for rows as they are',
            )
        state = network.state_dict()
        names = [spec.layers[layer].name for layer in layers]
        chosen = [name for name in names if not name.endswith(_RGB)]
        first_rgb = f"b4.{_RGB}"
        if 1 in layers and f"synthesis.{first_rgb}.affine.weight" in state:
            chosen.append(first_rgb)
        if not chosen:
            raise SolveError(
                f"Only {', '.join(names)} was chosen, which rosinality's convention leaves out",
                "at least one convolution",
            )
        return [state[f"synthesis.{name}.affine.weight"] for name in chosen]
