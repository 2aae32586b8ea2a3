"""GANSaveModel: a generator to one safetensors file."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ...core.files.writing import is_saved, save_generator
from .. import host
from ..file_inputs import file_to_save_inputs, saved_file_output
from ..folders import GENERATORS
from ..inputs import gan_input
from ..previews import on_node
from ..sockets import CATEGORY, LoadedGAN

_FULL, _HALF = "full", "half"


class GANSaveModel(io.ComfyNode):
    """Calls `writing.save_generator`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSaveModel",
            display_name="GAN Save Model",
            category=f"{CATEGORY}/files",
            description="Saves a generator to models/gan as one safetensors file that states what "
            "it is and where it came from. Loading it executes no code.",
            is_output_node=True,
            inputs=[
                gan_input(),
                *file_to_save_inputs("my_generator", "faces/ffhq", "another generator is"),
                io.Combo.Input(
                    "precision",
                    options=[_FULL, _HALF],
                    default=_FULL,
                    tooltip="full: every weight as it is. half: large weights in 16 bits, which "
                    "makes the file half as large and changes images imperceptibly.",
                ),
                io.String.Input(
                    "licence",
                    default="",
                    tooltip="Licence of the weights, as stored in the file. Empty keeps the "
                    "licence that the generator's own file states.",
                ),
            ],
            outputs=[
                saved_file_output("Name of the file in models/gan."),
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
