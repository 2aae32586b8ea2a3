"""GANNearestSeeds: the seeds whose latents are nearest to an image."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.base.seeds import SEEDS, counted_seed
from ...core.concepts.latent_code import LatentCode, concatenate
from ...core.latents.seed_search import nearest_seeds, replace_layers_by_seeds, seed_codes
from .. import host
from ..inputs import LARGEST_SEED, SEED_RULE, gan_input, latents_output, layers_input
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN

_TOGETHER, _EACH = "together", "each on its own"


class GANNearestSeeds(io.ComfyNode):
    """Calls `seed_search.nearest_seeds`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANNearestSeeds",
            display_name="GAN Nearest Seeds",
            category=f"{CATEGORY}/latents",
            description="Searches thousands of seeds for those whose latents are nearest to an "
            "image: as a whole, by some layers, or layer by layer.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents", tooltip="The images to find: sampled, edited, mixed or loaded."
                ),
                layers_input("Layers that are compared.", default="all"),
                io.Combo.Input(
                    "compare",
                    options=[_TOGETHER, _EACH],
                    default=_TOGETHER,
                    tooltip="together: seeds that are near in all these layers at once. each on "
                    "its own: the nearest seed for every layer, and an image made of these.",
                ),
                io.Int.Input(
                    "count",
                    default=4,
                    min=1,
                    max=64,
                    tooltip="Seeds per image, the nearest first.",
                ),
                io.Int.Input(
                    "first_seed",
                    default=0,
                    min=0,
                    max=LARGEST_SEED,
                    tooltip=f"The first seed that is tried. {SEED_RULE}",
                ),
                io.Int.Input(
                    "tried",
                    default=10_000,
                    min=64,
                    max=1_000_000,
                    tooltip="How many seeds are tried; ten thousand take a few seconds.",
                ),
            ],
            outputs=[
                latents_output(
                    "nearest",
                    "The images of the seeds; with each on its own, one image per latent, made of "
                    "the nearest layers.",
                ),
                io.String.Output(
                    "seeds",
                    display_name="seeds",
                    tooltip="The seeds and their distances: 0 is the image itself, 1 the distance "
                    "between random images.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        layers: str,
        compare: str,
        count: int,
        first_seed: int,
        tried: int,
    ) -> io.NodeOutput:
        """Search."""
        each = compare == _EACH
        with host.session(gan) as work:
            first = min(counted_seed(first_seed), SEEDS - tried)
            if first != first_seed % SEEDS:
                work.notes.append(f"Seed {SEEDS - 1} is the last; the search starts at {first}.")
            found = nearest_seeds(
                work.generator, latents, layers, count, tried, first, each, host.progress()
            )
            if each:
                codes = replace_layers_by_seeds(work.generator, latents, found)
            else:
                codes = concatenate(
                    [seed_codes(work.generator, latents[n.row], n.seeds) for n in found]
                )
            shown = preview_codes(work, codes)
            sentences = [near.sentence(work.generator.spec.num_ws) for near in found]
            work.notes.extend(sentences)
        return io.NodeOutput(codes, "\n".join(sentences), ui=on_node(work.notes, shown))
