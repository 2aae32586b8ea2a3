"""GANLoadLatents: latent codes from a file, ours or those of other programs."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.files.latent_files import load_latents
from .. import folders, host
from ..folders import LATENTS, NEWEST
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import on_node, preview_codes


class GANLoadLatents(io.ComfyNode):
    """See `core.saving_latents.load_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANLoadLatents",
            display_name="GAN Load Latents",
            category=CATEGORY,
            description="Loads latents from models/gan_latents: saved ones, and arrays of other "
            "programs (.npy, .npz, .pt, safetensors), such as photographs that a projector or an "
            "encoder has turned into latents.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator that the latents belong to."),
                io.Combo.Input(
                    "saved",
                    options=LATENTS.names(),
                    default=NEWEST,
                    tooltip="The file, in models/gan_latents; (newest) is the one saved last.",
                ),
                io.String.Input(
                    "file",
                    optional=True,
                    force_input=True,
                    tooltip="Name of a file, from GAN Save Latents; it wins over the list.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output("latents", display_name="latents", tooltip="The latent codes."),
            ],
        )

    @classmethod
    def validate_inputs(cls, saved: str) -> bool | str:
        """Say which file is missing and where it belongs, before anything runs."""
        return LATENTS.validate(saved)

    @classmethod
    def fingerprint_inputs(cls, saved: str, file: str | None = None, **_: object) -> str:
        """Load again when the file has changed."""
        return LATENTS.fingerprint(file or saved)

    @classmethod
    def execute(cls, gan: LoadedGAN, saved: str, file: str | None = None) -> io.NodeOutput:
        """Read the file."""
        path = LATENTS.path(file or saved)
        with host.session(gan) as work:
            with folders.folder_in_errors(path):
                codes = load_latents(path, work.generator)
            work.notes.append(f"{path.name}: {len(codes)} in {codes.space.value}")
            if codes.origin and codes.origin != work.generator.spec.fingerprint:
                work.notes.append(
                    "They were saved with another generator, which draws other images of them."
                )
            shown = preview_codes(work, codes)
        return io.NodeOutput(codes, ui=on_node(work.notes, shown))
