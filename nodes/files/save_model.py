"""GANSaveModel: a generator to one safetensors file."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ...core.files.writing import is_saved, save_generator
from .. import host
from ..folders import GENERATORS
from ..sockets import CATEGORY, GAN, LoadedGAN
from ..widgets import existing_input, on_node

_FULL, _HALF = "full", "half"


class GANSaveModel(io.ComfyNode):
    """See `core.save_generator`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANSaveModel",
            display_name="GAN Save Model",
            category=CATEGORY,
            description="Saves a generator to models/gan as one safetensors file that says what it "
            "is and where it came from, and that loads without anything being executed.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                io.String.Input(
                    "name",
                    default="my_generator",
                    tooltip="Name of the file; a folder may stand before it, as in faces/ffhq.",
                ),
                existing_input("another generator is"),
                io.Combo.Input(
                    "precision",
                    options=[_FULL, _HALF],
                    default=_FULL,
                    tooltip="full keeps every weight as it is; half stores large weights in 16 "
                    "bits, which makes the file half as large and changes images imperceptibly.",
                ),
                io.String.Input(
                    "licence",
                    default="",
                    tooltip="What the file says of the licence of the weights. Left empty, it says "
                    "what the generator's own file said.",
                ),
            ],
            outputs=[
                io.String.Output(
                    "file", display_name="file", tooltip="Name of the file in models/gan."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, name: str, existing: str, precision: str, licence: str
    ) -> io.NodeOutput:
        """Write the file."""
        half, note = precision == _HALF, licence.strip() or None
        with host.collect_notes() as notes:

            def is_same(path: Path) -> bool:
                return is_saved(gan.generator, path, half, note)

            path, file = GENERATORS.path_to_save(name, existing, is_same)
            if not is_same(path):
                save_generator(gan.generator, path, half, licence=note)
            notes.append(f"{path.stat().st_size:,} bytes are in models/gan/{file}")
            notes.append("Press R to see it in the list of Load GAN.")
        return io.NodeOutput(file, ui=on_node(notes))
