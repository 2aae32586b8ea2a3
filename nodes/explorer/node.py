"""GANExplorer: find levers and pull them in the node itself."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.directions import Directions
from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.driving import driven
from ...core.explorer.holding import held_region
from ...core.explorer.levers import explored_region, fitted
from ...core.explorer.photograph import Photograph
from ...core.explorer.session import Holding, pinned_directions
from ...core.explorer.state import ExplorerState, read_state
from ...core.levers.factorization import sefa
from ...core.regions.presets import presets_for
from ...core.server.facts import explorer_facts
from ...core.server.sessions import Contents
from .. import host, jacobian_cache
from ..host_server import running_client
from ..inputs import latents_output
from ..previews import on_node
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from .defaults import default_generator, default_latents
from .drawn_images import Explored, draw
from .driven_pulls import DRIVEN, numbered, pull_input
from .service import JOBS, SESSIONS

_GLOBAL_LEVERS = 10
"""Number of levers in the output where none is pinned and none is connected."""

_NOTHING_HELD = (
    "Nothing was held where a pulled lever acts on the whole image. Pull levers of regions alone."
)


class GANExplorer(io.ComfyNode):
    """Applies an explorer's state; the page draws it with `web/explorer_widget.js`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANExplorer",
            display_name="Face Explorer (expression sliders)",
            category=f"{CATEGORY}/explorer",
            description="A live editor: draw a box over a mouth, an eye or any other part, see its "
            "levers as small pictures, and pull them with sliders: smile, gaze, pose, age. The "
            "picture follows at once. A run gives exactly the same images.",
            is_output_node=True,
            hidden=[io.Hidden.unique_id],
            inputs=[
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator, from Load GAN. Without one, the bundled portraits.",
                ),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="The images to explore. One is shown large, all are edited. Without "
                    "any, those of four seeds.",
                ),
                io.String.Input(
                    "state",
                    default="{}",
                    optional=True,  # keeps the order of the inputs: required ones come first
                    multiline=True,
                    tooltip="All settings of the node, as JSON: region, truncation, and the pinned "
                    "levers with their vectors and pulls. The node writes it; it is saved with the "
                    "workflow, and a run needs nothing else.",
                ),
                GAN_DIRECTIONS.Input(
                    "directions",
                    optional=True,
                    tooltip="Levers from a file or another node; they are shown while no region is "
                    "drawn.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Any mask, painted or segmented; it is added to the drawn region.",
                ),
                *(pull_input(number) for number in range(1, DRIVEN + 1)),
                io.Image.Input(
                    "photo",
                    optional=True,
                    tooltip="A photograph of your own: put the square over the face, press Find "
                    "the latent, and pull levers. The images of latents are not shown then.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "image",
                    display_name="image",
                    tooltip="All images, edited; one per latent. Of a photograph: it alone, at its "
                    "own size, with the change in it.",
                ),
                latents_output("edited", "The edited latent codes."),
                GAN_DIRECTIONS.Output(
                    "levers",
                    display_name="directions",
                    tooltip="The pinned levers in order; if none is pinned, the connected ones, "
                    "else the global ones.",
                ),
                io.Mask.Output(
                    "region", display_name="mask", tooltip="White inside the drawn region."
                ),
                io.Image.Output(
                    "frames",
                    display_name="frames",
                    tooltip="The recorded moves on the image that is shown, twelve frames a "
                    "second, for nodes that make videos; that image alone if nothing was recorded.",
                ),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: Any) -> str:
        """Make ComfyUI run the node again when a page's session was dropped.

        Args:
            **inputs: Not used; ComfyUI compares widgets and connections itself.

        Returns:
            Text that changes when a run must open a session; constant for scripts.
        """
        return "" if running_client() is None else f"live {SESSIONS.lost}"

    @classmethod
    def execute(
        cls,
        state: str = "{}",
        gan: LoadedGAN | None = None,
        latents: LatentCode | None = None,
        directions: Directions | None = None,
        mask: Tensor | None = None,
        photo: Tensor | None = None,
        **pulls: float | None,
    ) -> io.NodeOutput:
        """Apply the state, and open a session for the page."""
        with host.collect_notes():
            settings = driven(read_state(state), numbered(pulls))
            gan = gan or default_generator()
            shown = None if photo is None else Photograph(photo)
        with host.session(gan, measuring=settings.hold) as work:
            generator = work.generator
            spec = generator.spec
            if latents is None:
                latents = default_latents(gan, generator)
            presets = presets_for(generator.details)
            connected = None if directions is None else fitted(generator, directions)
            region = explored_region(settings.shapes, spec.img_size, presets, mask)
            options = partial(work.jacobian_options, "exact")
            holding = Holding(jacobian_cache.HOLDS, mask, options, host.progress())
            drawn = draw(generator, Explored(latents, shown), settings, holding)
            work.notes.extend(drawn.notes)
            if not _all_held(generator, settings, len(drawn.edited), mask):
                work.notes.append(_NOTHING_HELD)
            pinned = pinned_directions(generator, settings)
            levers = pinned or connected or sefa(generator, count=_GLOBAL_LEVERS)
            inside = torch.ones(1, *spec.img_size) if region is None else region.weights
        data = _with_session(cls, gan.label, Contents(gan, latents, directions, mask, shown))
        seen = {**on_node(work.notes), "explorer": (json.dumps(data),)}
        return io.NodeOutput(
            host.to_intermediate_device(drawn.images),
            drawn.edited,
            levers,
            host.to_intermediate_device(inside),
            host.to_intermediate_device(drawn.frames),
            ui=seen,
        )


def _all_held(gan: Generator, state: ExplorerState, count: int, mask: Tensor | None) -> bool:
    """Whether all pulls are held, where the state asks for it."""
    if not state.hold or not any(lever.pull for lever in state.levers):
        return True
    return all(held_region(gan, state, image, mask) is not None for image in range(count))


def _with_session(node: type[io.ComfyNode], label: str, contents: Contents) -> dict[str, Any]:
    """The data for the page; opens a session if a page runs the graph."""
    facts = explorer_facts(contents, label)
    client = running_client()
    if client is None:
        return {"session": None, **facts}
    JOBS.start()
    session = SESSIONS.open(client, str(node.hidden.unique_id), contents, facts)
    return dict(session.facts)
