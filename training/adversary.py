"""Generator against discriminator: the networks, one training step, and its checkpoint.

Non-saturating logistic loss (Goodfellow et al., NeurIPS 2014) with the gradient penalty R1 on real images (Mescheder et
al., ICML 2018), applied lazily (Karras et al., CVPR 2020, section 3.1), style mixing (Karras et al., CVPR 2019, section
3.1) and an average of the generator's weights over time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, autocast
from torch.nn import functional as F

from core.concepts.conditions import Conditions
from core.generators.architectures.stylegan2.network import StyleGAN2

from .checkpoints import read_parts
from .dataset import standardize
from .discriminator import Discriminator
from .moments import Moments, moment_loss
from .parallel import rank, share_gradients, world_size
from .portraits import ATTRIBUTES
from .settings import TrainingSettings

CHECKPOINT_FORMAT = "training/1"


class Portraits(Protocol):
    """What the trainer reads from: see `dataset.PortraitCache`."""

    def __len__(self) -> int:
        """Number of portraits."""
        ...

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Images [n, 3, H, W] in [-1, 1] and attributes [n, A]."""
        ...


class Adversary:
    """Both networks, their optimisers and the average generator; the loop owns and changes it.

    Args:
        settings: What decides the run.
        device: Where to train.
    """

    def __init__(self, settings: TrainingSettings, device: str = "cpu") -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(device)
        self.steps = 0
        self.images = 0
        self.moments = {kind: Moments(len(ATTRIBUTES)) for kind in ("real", "fake")}
        place = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = StyleGAN2(settings.generator_settings()).to(**place)
        widths = {4 << i: width for i, width in enumerate(settings.discriminator_channels)}
        self.discriminator = Discriminator(widths, len(ATTRIBUTES)).to(**place)
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        fused = {"betas": (0.0, 0.99), "eps": 1e-8, "fused": True}
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), settings.learning_rate, **fused)
        # Lazy regularisation: the penalty's steps count too (Karras et al., CVPR 2020, appendix B).
        share = settings.r1_interval / (settings.r1_interval + 1)
        self.discriminator_optimizer = torch.optim.Adam(
            self.discriminator.parameters(), settings.learning_rate * share, betas=(0.0, 0.99**share), fused=True
        )

    def _draw(self, ws: Tensor) -> Tensor:
        """`ws [N, num_ws, w_dim]` to images `[N, 3, H, W]`, without noise: the renders have none."""
        return self.generator.synthesize(ws, Conditions(noise_mode="none"))

    def set_learning_rate(self, factor: float) -> None:
        """Scale both learning rates to a share of the settings' rate.

        Args:
            factor: 1 for the full rate.
        """
        rate = self.settings.learning_rate * factor
        share = self.settings.r1_interval / (self.settings.r1_interval + 1)
        for optimizer, scale in ((self.generator_optimizer, 1.0), (self.discriminator_optimizer, share)):
            for group in optimizer.param_groups:
                group["lr"] = rate * scale

    def step(self, portraits: Portraits) -> dict[str, float]:
        """Train both networks once; batch and latents depend on seed, step and number of processes only.

        Args:
            portraits: Real images.

        Returns:
            The losses by name; "penalty" on steps that have one.
        """
        batch = self.settings.batch // world_size()
        rng = np.random.default_rng([self.settings.seed, self.steps, rank()])
        rows = np.sort(rng.choice(len(portraits), min(batch, len(portraits)), replace=False))
        real, attributes = portraits.batch(rows)
        real = real.to(self.device, memory_format=torch.channels_last)
        target = standardize(attributes).to(self.device)
        codes = torch.from_numpy(rng.standard_normal((2, batch, self.settings.z_dim), np.float32)).to(self.device)
        report: dict[str, float] = {}

        with autocast(self.device.type, torch.bfloat16):
            fake = self._draw(self._mixed(codes, rng))
            score_real, predicted = self.discriminator(real)
            score_fake, _ = self.discriminator(fake.detach())
        attribute_loss = (predicted - target).square().mean()
        loss = F.softplus(-score_real).mean() + F.softplus(score_fake).mean()
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        (loss + self.settings.attribute_weight * attribute_loss).backward()
        share_gradients(self.discriminator)
        self.discriminator_optimizer.step()
        report.update(
            discriminator=loss.item(),
            attributes=attribute_loss.item(),
            score_real=score_real.mean().item(),
            score_fake=score_fake.mean().item(),
        )
        if self.steps % self.settings.r1_interval == 0:
            report["penalty"] = self._penalize(real)

        # The generator has not changed since the discriminator step, so its images are scored again.
        self.discriminator.requires_grad_(False)
        with autocast(self.device.type, torch.bfloat16):
            score_fake, read = self.discriminator(fake)
        loss = F.softplus(-score_fake).mean()
        report["generator"] = loss.item()
        if self.settings.moment_weight:
            self.moments["real"].add(predicted)
            self.moments["fake"].add(read)
            loss = loss + self.settings.moment_weight * moment_loss(read, self.moments["fake"], self.moments["real"])
            spreads = [self.moments[kind].mean_and_covariance()[1].diagonal() for kind in ("fake", "real")]
            report["narrowest"] = (spreads[0] / spreads[1]).sqrt().min().item()
        loss = loss + self._further_loss(fake, report)
        self._update_generator(loss)
        self.discriminator.requires_grad_(True)
        self._count(batch)
        return report

    def _update_generator(self, loss: Tensor) -> None:
        """One step of the generator down a loss."""
        self.generator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        share_gradients(self.generator)
        self.generator_optimizer.step()

    def _count(self, batch: int) -> None:
        """Count a step of so many images in this process, and follow it with the average generator."""
        self.steps += 1
        self.images += batch * world_size()
        self._update_average()

    def _further_loss(self, fake: Tensor, report: dict[str, float]) -> Tensor:
        """What else the generator shall do with its images `[N, 3, H, W]`; 0 here."""
        return fake.new_zeros(())

    def _mixed(self, codes: Tensor, rng: np.random.Generator) -> Tensor:
        """Map two sets of codes [2, N, z_dim] and mix them by layer: `[N, num_ws, w_dim]`."""
        count = codes.shape[1]
        num_ws = 2 * len(self.settings.generator_channels)
        w = self.generator.mapping(codes.flatten(0, 1), None).unflatten(0, (2, count))
        cut = np.where(rng.random(count) < self.settings.style_mixing, rng.integers(1, num_ws, count), num_ws)
        second = torch.from_numpy(np.arange(num_ws)[None] >= cut[:, None]).to(w.device)  # [N, num_ws]
        return torch.where(second[:, :, None], w[1][:, None], w[0][:, None])

    def _penalize(self, real: Tensor) -> float:
        """Take a step on R1 alone, in float32: gamma / 2 times the squared gradient at real images."""
        real = real.detach().requires_grad_(True)
        score, _ = self.discriminator(real)
        (gradient,) = torch.autograd.grad(score.sum(), real, create_graph=True)
        penalty = gradient.square().sum(dim=(1, 2, 3)).mean()
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        (penalty * (self.settings.r1_gamma / 2 * self.settings.r1_interval)).backward()
        share_gradients(self.discriminator)
        self.discriminator_optimizer.step()
        return penalty.item()

    @torch.no_grad()
    def _update_average(self) -> None:
        """Move the average generator towards the present one."""
        half_life = min(self.settings.average_half_life, self.images * self.settings.average_ramp)
        keep = 0.5 ** (self.settings.batch / max(half_life, 1e-8))
        ours, theirs = list(self.average.parameters()), list(self.generator.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - keep)

    def save(self, path: Path, notes: Mapping[str, Any]) -> None:
        """Write everything needed to resume, atomically.

        Args:
            path: The checkpoint.
            notes: Facts about data and time, as JSON values.
        """
        partial = path.with_suffix(".partial")
        state = {
            "format": CHECKPOINT_FORMAT,
            "settings": json.dumps(asdict(self.settings)),
            "notes": json.dumps(dict(notes)),
            "steps": self.steps,
            "images": self.images,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "moments": {kind: moments.sums for kind, moments in self.moments.items()},
        }
        torch.save(state, partial)
        partial.replace(path)

    def load(self, path: Path) -> dict[str, Any]:
        """Resume from a checkpoint; networks must have the same sizes, other settings may differ.

        Args:
            path: What `save` wrote.

        Returns:
            The notes.
        """
        state = read_checkpoint(path)
        for name in ("generator", "average", "discriminator", "generator_optimizer", "discriminator_optimizer"):
            getattr(self, name).load_state_dict(state[name])
        for kind, sums in state.get("moments", {}).items():
            self.moments[kind].sums = sums
        self.steps, self.images = state["steps"], state["images"]
        self.set_learning_rate(1.0)
        return json.loads(state["notes"])


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint's parts.

    Args:
        path: What `Adversary.save` wrote.

    Returns:
        The parts by name.

    Raises:
        ValueError: The file is something else.
    """
    return read_parts(path, CHECKPOINT_FORMAT)
