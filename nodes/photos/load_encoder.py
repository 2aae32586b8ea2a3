"""GANLoadEncoder: an encoder of photographs that others trained."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.photos.trained_encoders.encoder import KINDS, load_encoder
from .. import folders, host
from ..inputs import report_output
from ..previews import on_node
from ..sockets import CATEGORY, GAN_ENCODER

_STATED = "as the file states"


class GANLoadEncoder(io.ComfyNode):
    """Calls `trained_encoders.encoder.load_encoder`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANLoadEncoder",
            display_name="GAN Load Encoder (e4e, pSp)",
            category=f"{CATEGORY}/photos",
            description="Loads an encoder of photos that was trained for a generator: e4e, pSp, or "
            "one into W. GAN Invert Photo begins its search with what it says. The bundled "
            "generators need none. No code in the file is ever executed.",
            inputs=[
                io.Combo.Input(
                    "encoder",
                    options=folders.GENERATORS.names(),
                    default=folders.NEWEST,
                    tooltip="The file, in models/gan or models/stylegan. Files of e4e and pSp hold "
                    "the encoder beside its generator, which Load GAN loads by the same name; "
                    "(newest) is the file that was put there last.",
                ),
                io.Combo.Input(
                    "kind",
                    options=[_STATED, *KINDS],
                    default=_STATED,
                    tooltip="What the encoder says: the first layer's w and offsets from it (e4e), "
                    "a w for each layer (pSp), or one w (W). Needed only where the file does not "
                    "state it.",
                ),
            ],
            outputs=[
                GAN_ENCODER.Output(
                    "loaded",
                    display_name="encoder",
                    tooltip="The encoder, for GAN Invert Photo.",
                ),
                report_output("What kind of encoder it is, and how large."),
            ],
        )

    @classmethod
    def validate_inputs(cls, encoder: str | None) -> bool | str:
        """Report a missing file and its folder before anything runs."""
        return folders.GENERATORS.validate(encoder)

    @classmethod
    def fingerprint_inputs(cls, encoder: str, **_: object) -> str:
        """Load again when the file has changed; ComfyUI compares the kind itself."""
        return folders.GENERATORS.fingerprint(encoder)

    @classmethod
    def execute(cls, encoder: str, kind: str) -> io.NodeOutput:
        """Load the file."""
        with host.collect_notes() as notes:
            path = folders.GENERATORS.path(encoder, notes)
            with folders.folder_in_errors(path):
                loaded = load_encoder(path, kind=None if kind == _STATED else kind)
            weights = sum(p.numel() for p in loaded.network.parameters())
            notes.append(
                f"{path.name}: an encoder of kind {loaded.kind} for pictures of {loaded.side} x "
                f"{loaded.side} pixels, {weights / 1e6:,.1f} million weights. It works on the "
                "processor, which takes seconds for a photo, and leaves the GPU's memory free."
            )
        return io.NodeOutput(loaded, "\n".join(notes), ui=on_node(notes))
