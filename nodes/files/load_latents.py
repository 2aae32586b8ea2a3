"""GANLoadLatents: latent codes from a file of this pack or of another program."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.files.latent_files import load_latents
from .. import folders, host
from ..file_inputs import file_to_load_inputs
from ..folders import LATENTS
from ..inputs import AUTO, chosen_space, file_space_input, latents_output
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN, LoadedGAN


class GANLoadLatents(io.ComfyNode):
    """Calls `latent_files.load_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANLoadLatents",
            display_name="GAN Load Latents",
            category=f"{CATEGORY}/files",
            description="Loads latents from models/gan_latents: saved ones, and arrays from other "
            "programs (.npy, .npz, .pt, safetensors), such as photographs that a projector or an "
            "encoder has turned into latents.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator that the latents belong to."),
                *file_to_load_inputs(LATENTS),
                file_space_input(
                    "latents",
                    "an array named z is in Z; a vector per layer, and as many rows as the "
                    "generator has layers, in W+; all others in W (Z without a mapping network)",
                ),
            ],
            outputs=[
                latents_output("latents", "The latent codes."),
            ],
        )

    @classmethod
    def validate_inputs(cls, saved: str) -> bool | str:
        """Report a missing file and its folder before anything runs."""
        return LATENTS.validate(saved)

    @classmethod
    def fingerprint_inputs(cls, saved: str, file: str | None = None, **_: object) -> str:
        """Load again when the file has changed."""
        return LATENTS.fingerprint(file or saved)

    @classmethod
    def execute(
        cls, gan: LoadedGAN, saved: str, file: str | None = None, space: str = AUTO
    ) -> io.NodeOutput:
        """Read the file."""
        with host.session(gan) as work:
            path = LATENTS.path(file or saved, work.notes)
            with folders.folder_in_errors(path):
                codes = load_latents(path, work.generator, space=chosen_space(space))
            chosen = "" if space == AUTO else ", as set on this node"
            work.notes.append(f"{path.name}: {len(codes)} in {codes.space.value}{chosen}")
            if codes.origin and codes.origin != work.generator.spec.fingerprint:
                work.notes.append(
                    "They were saved with another generator, whose images of them differ."
                )
            shown = preview_codes(work, codes)
        return io.NodeOutput(codes, ui=on_node(work.notes, shown))
