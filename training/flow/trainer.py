"""One step of flow matching, and all that a run needs to resume."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, autocast

from core.base.atomic_files import write_by
from core.base.json_fields import Fields
from core.diffusion.flow_model import read_unet_settings
from core.diffusion.rectified_flow import SQUARE, TIME_SCALE, mix, to_latent
from core.diffusion.unet import UNet, UNetSettings

from .. import parallel
from ..checkpoints import read_parts
from ..dataset import PortraitCache

CHECKPOINT_FORMAT = "flow_training/1"


@dataclass(frozen=True)
class FlowSettings:
    """What decides a run."""

    network: UNetSettings = field(default_factory=UNetSettings)
    batch: int = 32
    """Portraits per step."""
    learning_rate: float = 8e-4
    """Highest rate of AdamW."""
    weight_decay: float = 0.01
    warm_up: int = 150
    """Steps over which the rate rises."""
    time_mean: float = -0.4
    """Mean of the logit of times: below 0, more of them lie near the picture."""
    time_deviation: float = 1.2
    """Deviation of the logit of times."""
    uniform_share: float = 0.15
    """Share of times drawn evenly instead, so that both ends are learned."""
    average: float = 0.9995
    """Share of the average weights that a step leaves, once the run is old."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the shares once.

        Raises:
            ValueError: A share lies outside [0, 1].
        """
        for name in ("uniform_share", "average"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 to 1")


def rate_factor(progress: float, flat: float = 0.35) -> float:
    """Factor of the learning rate over a run: 1, then along a cosine to 0.

    Args:
        progress: Share of the run's time that has passed.
        flat: Share at which the rate begins to fall.

    Returns:
        Factor in [0, 1].
    """
    fallen = min(max((progress - flat) / (1 - flat), 0.0), 1.0)
    return (1 + math.cos(math.pi * fallen)) / 2


def draw_times(count: int, settings: FlowSettings, generator: torch.Generator) -> Tensor:
    """Times to train at: most with a normal logit (Esser et al., "Scaling Rectified Flow Transformers", 2024, 3.1).

    Args:
        count: N.
        settings: Mean, deviation, and share of even ones.
        generator: Source of randomness.

    Returns:
        `[N]` in (0, 1).
    """
    logits = settings.time_mean + settings.time_deviation * torch.randn(count, generator=generator)
    even = torch.rand(count, generator=generator)
    is_even = torch.rand(count, generator=generator) < settings.uniform_share
    return torch.where(is_even, even, logits.sigmoid())


class FlowTrainer:
    """A network, its average, and its optimiser."""

    def __init__(self, settings: FlowSettings) -> None:
        """Begin a run.

        Args:
            settings: What decides it.
        """
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.network = UNet(settings.network)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=0.0, betas=(0.9, 0.99), weight_decay=settings.weight_decay
        )
        self.steps = 0
        self.progress = 0.0
        """Share of the run's time that has passed, which the learning rate follows; the same in every process."""

    @property
    def images(self) -> int:
        """Portraits seen, those seen again counted again."""
        return self.steps * self.settings.batch

    def step(self, portraits: PortraitCache) -> float:
        """Learn from one batch, each process from its part.

        The batch, its times and noise depend on the seed and the number of the step alone, so that a resumed run
        goes on as if it had not stopped, with any number of processes.

        Args:
            portraits: To choose from.

        Returns:
            Mean squared error of the velocity over this process's part.
        """
        settings = self.settings
        part = slice(parallel.rank(), None, parallel.world_size())
        rng = np.random.default_rng([settings.seed, self.steps])
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        rows = np.sort(rng.choice(len(portraits), settings.batch))
        side = portraits.images.shape[1] // SQUARE
        shape = (settings.batch, settings.network.in_channels, side, side)
        noise = torch.randn(shape, generator=generator)[part]
        times = draw_times(settings.batch, settings, generator)[part]
        latents = to_latent(portraits.batch(rows[part])[0].contiguous())
        for group in self.optimizer.param_groups:
            warm = min(1.0, (self.steps + 1) / settings.warm_up)
            group["lr"] = settings.learning_rate * warm * rate_factor(self.progress)
        with autocast("cpu", torch.bfloat16):
            velocity = self.network(mix(latents, noise, times), times * TIME_SCALE)
        loss = (velocity.float() - (noise - latents)).square().mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        parallel.share_gradients(self.network)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.steps += 1
        self._follow()
        return loss.item()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the network: quickly while the run is young."""
        keep = min(self.settings.average, (1 + self.steps) / (10 + self.steps))
        for ours, theirs in zip(self.average.parameters(), self.network.parameters(), strict=True):
            ours.lerp_(theirs, 1 - keep)

    def save(self, path: Path, notes: Mapping[str, Any]) -> None:
        """Write everything needed to resume, atomically.

        Args:
            path: The checkpoint.
            notes: Facts about data and time, as JSON values.
        """
        state = {
            "format": CHECKPOINT_FORMAT,
            "settings": json.dumps(asdict(self.settings)),
            "notes": json.dumps(dict(notes)),
            "steps": self.steps,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        write_by(path, lambda temporary: torch.save(state, temporary))

    def load(self, state: Mapping[str, Any]) -> None:
        """Resume.

        Args:
            state: As `read_checkpoint` returns it, of a network of the same settings.
        """
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint's parts.

    Args:
        path: What `FlowTrainer.save` wrote.

    Returns:
        The parts by name.

    Raises:
        ValueError: The file is something else.
    """
    return read_parts(path, CHECKPOINT_FORMAT)


def read_settings(state: Mapping[str, Any]) -> FlowSettings:
    """The settings inside a checkpoint.

    Args:
        state: As `read_checkpoint` returns it.

    Returns:
        The settings.
    """
    values = json.loads(state["settings"])
    return FlowSettings(read_unet_settings(Fields.of(values.pop("network"), "the network's settings")), **values)
