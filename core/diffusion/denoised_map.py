"""The denoised picture as a function of the noisy latent, and products with its derivative."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.autograd.graph import allow_mutation_on_saved_tensors

from ..base.errors import SolveError
from ..base.execution import is_out_of_memory
from ..concepts.linearisation import AbstractLinearisation
from ..jacobians.image_map import Block, ImageMap
from .healing import Formula, HealingMode

STEPS = {
    torch.float64: 1e-4,
    torch.float32: 5e-3,
    torch.float16: 0.06,
    torch.bfloat16: 0.1,
}
"""Step of a central difference, relative to the part of the input that a direction moves, by the
type in which the network computes. The error of a difference is about `u / h + m h^2`, with the
rounding error u of the type (relative to what changes) and a share m from the third derivative; it
is least near `h = (u / 2 m)^(1/3)`: 0.003, 0.06 and 0.125 in float32, float16 and bfloat16 for
m = 1. On small networks with attention the errors at these steps were 2e-4, 3e-2 and 1e-1, and
grew from a third of the step downwards, and from three times the step upwards."""

PUSHES = ("central", "forward")
"""How J v is computed: two evaluations, or forward mode. Both take about as long. Central
differences need nothing of the network, but their error grows with the rounding of its type: on
rough networks in bfloat16 the levers that they lead to reach a fifth to three quarters of the
optimum, and those of forward mode nine tenths."""

PULLS = ("reverse", "push")
"""How J^T u is computed: reverse mode, or as if J were symmetric, J u."""


class ForwardModeError(SolveError):
    """Forward mode is wrong or missing; central differences may do."""


@dataclass(frozen=True)
class Derivative:
    """How the derivative of a denoised picture is taken."""

    dtype: torch.dtype = torch.float32
    """Type in which the network computes; chooses the step among `STEPS`."""
    push: str = "central"
    """One of `PUSHES`."""
    pull: str = "reverse"
    """One of `PULLS`."""
    step: float | None = None
    """Step of central differences, relative as in `STEPS`; none means by the type."""
    formulas: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    """Operations that `HealingMode` replaces."""

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            SolveError: There is no such way, or no step for the type.
        """
        for name, given, known in (("push", self.push, PUSHES), ("pull", self.pull, PULLS)):
            if given not in known:
                raise SolveError(f"Unknown {name} {given!r}", f"one of {', '.join(known)}")
        if self.step is None and self.dtype not in STEPS:
            raise SolveError(
                f"The network computes in {self.dtype}",
                f"one of {', '.join(map(str, STEPS))}",
                "Give the step of central differences",
            )

    @property
    def relative_step(self) -> float:
        """The step."""
        return STEPS[self.dtype] if self.step is None else self.step


@dataclass
class Cost:
    """What a search has spent."""

    forwards: int = 0
    """Evaluations of the denoised picture, those that are recorded for reverse mode among them."""
    backwards: int = 0
    """Reverse passes."""
    started: float = field(default_factory=time.monotonic)
    """Time of the clock at the start."""

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


class DenoisedMap(AbstractLinearisation):
    """D at a point x, and products with its Jacobian J; one evaluation at a time.

    Args:
        function: D, from `[1, C, ..., H, W]` to the same shape; deterministic.
        point: x.
        how: How the derivative is taken.
        pulse: Called before each evaluation; may raise to cancel.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        how: Derivative,
        pulse: Callable[[], None] | None = None,
    ) -> None:
        if point.ndim < 4 or len(point) != 1:
            raise SolveError(
                f"The latent has shape {list(point.shape)}", "one latent, [1, C, H, W]"
            )
        self.function, self.how, self.cost = function, how, Cost()
        self.point = _ordinary(point)
        self.inputs = (self.point.numel(),)
        channels, height, width = self.point[0].flatten(0, -3).shape
        self.image_shape = (channels, height, width)
        self._pulse = pulse
        self._keeps_what_is_saved = False
        self._level = float(self.point.double().square().mean().sqrt())
        if self._level == 0:
            raise SolveError(
                "The latent is zero everywhere",
                "a noisy latent",
                "Choose an earlier step of the sampler",
            )

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self.point.device

    def value(self, offset: Tensor | None = None) -> Tensor:
        """D(x + offset).

        Args:
            offset: Of the shape of the point; none means zero.

        Returns:
            Of the shape of the point, float32 or as D returns it.
        """
        with torch.inference_mode():  # as the sampler evaluates it
            moved = self.point.clone() if offset is None else self.point + offset
            return _ordinary(self._evaluated(moved))

    def length(self, direction: Tensor) -> float:
        """Norm of the part of x that a unit direction moves: `rms(x) / |v|_4^2`.

        That is `rms(x) sqrt(m)` for a direction spread evenly over m entries, `|x|` for one spread
        over all. A step relative to `|x|` would move few entries far beyond their own size.

        Args:
            direction: v, any shape, of norm 1.

        Returns:
            The norm.
        """
        return self._level / float(direction.double().square().square().sum().sqrt())

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`: `J v`, two evaluations or one in forward mode."""
        push = self._difference if self.how.push == "central" else self._forward
        return torch.stack([push(row) for row in tangents])

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`: `J^T u`, for all from one recording."""
        if self.how.pull == "push":
            return self.push(images.flatten(1)).flatten(1)
        try:
            return self._reverse(images)
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            raise _no_derivative(str(error).splitlines()[0]) from error

    def _reverse(self, images: Tensor) -> Tensor:
        """`J^T u` by reverse mode; the record of the network is freed before this returns."""
        rows: list[Tensor] = []
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            self._saved_tensors() as saved,
            HealingMode(self.how.formulas),
        ):
            leaf = self.point.clone().requires_grad_()
            found = self._evaluated(leaf.clone())
            self._keeps_what_is_saved = saved is None or not saved.cloned
            if not found.requires_grad:
                raise _no_derivative("its picture does not depend on its input")
            for image in images:
                if self._pulse is not None:
                    self._pulse()
                self.cost.backwards += 1
                keep = len(rows) + 1 < len(images)
                u = image.reshape(found.shape).to(found)
                (row,) = torch.autograd.grad(found, leaf, u, retain_graph=keep)
                rows.append(row.detach().flatten())
        return torch.stack(rows)

    def _saved_tensors(self) -> AbstractContextManager[Any]:
        """Copy what changes in place after it was saved, until a recording sees no such change."""
        # All recordings are alike, and watching a small network costs as much as evaluating it.
        return nullcontext() if self._keeps_what_is_saved else allow_mutation_on_saved_tensors()

    def difference(self, row: Tensor, share: float = 1.0) -> Tensor:
        """`J v` by a central difference, whatever `Derivative.push` is.

        Args:
            row: v, `[n]`.
            share: Factor of the step.

        Returns:
            `[C, H, W]`.
        """
        size = float(row.double().norm())
        if size == 0:
            return row.new_zeros(self.image_shape)
        unit = (row / size).reshape(self.point.shape).to(self.point)
        step = share * self.how.relative_step * self.length(unit)
        change = self.value(step * unit) - self.value(-step * unit)
        return (change * (size / (2 * step)))[0].flatten(0, -3)

    def _difference(self, row: Tensor) -> Tensor:
        """`J v` by a central difference."""
        return self.difference(row)

    def _forward(self, row: Tensor) -> Tensor:
        """`J v` by forward mode."""
        try:
            return self._dual(row)
        except (RuntimeError, NotImplementedError) as error:
            if is_out_of_memory(error):
                raise
            raise ForwardModeError(
                f"The network has no forward mode ({str(error).splitlines()[0]})",
                "a network of ordinary operations of torch",
                "Push by central differences",
            ) from error

    def _dual(self, row: Tensor) -> Tensor:
        """`J v` by one evaluation of dual numbers."""
        mode = HealingMode(self.how.formulas, forward=True)
        with torch.inference_mode(False), torch.no_grad(), forward_ad.dual_level(), mode:
            tangent = row.reshape(self.point.shape).to(self.point)
            dual = forward_ad.make_dual(self.point.clone(), tangent)
            found = forward_ad.unpack_dual(self._evaluated(dual))
            image = found.primal.new_zeros(found.primal.shape)
            if found.tangent is not None:
                image = found.tangent.clone()
        return image[0].flatten(0, -3)

    def _evaluated(self, x: Tensor) -> Tensor:
        """D at one input."""
        if self._pulse is not None:
            self._pulse()
        self.cost.forwards += 1
        return self.function(x)

    def as_image_map(self) -> ImageMap:
        """The map as `MatrixPencil` takes it.

        Returns:
            A map from a displacement `[n]` of x, whose products are these.
        """
        shape = self.point.shape

        def function(displacement: Tensor) -> Tensor:
            return self.value(displacement.reshape(shape))[0].flatten(0, -3)

        start = torch.zeros_like(self.point).flatten()
        return ImageMap(function, start, self.image_shape, lambda dtype: self, (Block(0, 0, None),))


def _no_derivative(why: str) -> SolveError:
    """The error for a network whose derivative torch does not know."""
    return SolveError(
        f"The network cannot be differentiated ({why})",
        "a network of ordinary operations of torch",
        'Search with the effort "forward-only", which needs evaluations alone',
    )


def _ordinary(tensor: Tensor) -> Tensor:
    """A copy that was not made in inference mode, at least float32."""
    with torch.inference_mode(False), torch.no_grad():
        dtype = torch.promote_types(tensor.dtype, torch.float32)
        return tensor.detach().to(dtype).clone()
