"""Films: frames written as a video, as an animated picture, or as a folder of numbered pictures."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, PngImagePlugin

from ...base.atomic_files import write_atomically, write_by
from ...base.errors import PackError
from ...base.extras import import_extra
from ...base.wording import warn

Frame = npt.NDArray[np.uint8]
"""`[H, W, 3]`, or `[H, W, 4]` with opacity."""

ANIMATIONS = {".webp": "WEBP", ".gif": "GIF", ".png": "PNG"}
"""Animated pictures by file extension; all of their frames are in memory at once."""

VIDEOS = (".mp4",)
"""Videos by file extension; frames are encoded as they come."""

FILM_SUFFIXES = (*ANIMATIONS, *VIDEOS)
"""Endings of films; a path without an ending is a folder of frames."""

_CODECS = ("libx264", "h264", "mpeg4")
"""Encoders of mp4, the best first; builds of FFmpeg differ in what they hold."""

_QUALITY = "16"
"""Constant rate factor of x264, at which no difference from the frames is seen."""

_BT709, _LIMITED_RANGE = 1, 1
"""Colours of HD video and their range, as FFmpeg numbers both; players assume them."""

_FRAME_NAME = "{:06d}.png"
"""Names of the frames of a folder."""

_FRAME_PATTERN = re.compile(r"\d{6,12}\.png")


def is_streamed(path: Path) -> bool:
    """Check whether frames are written as they come, so that they need not fit into memory.

    Args:
        path: Of the film.

    Returns:
        Whether it is a video or a folder.
    """
    return path.suffix.lower() not in ANIMATIONS


def check_film(path: Path) -> None:
    """Check, before any work, that a film can be written.

    Args:
        path: A file with one of `FILM_SUFFIXES`, or a folder.

    Raises:
        PackError: A video is asked for and PyAV is not installed, or the folder holds frames.
    """
    if path.suffix.lower() in VIDEOS:
        _import_av()
    elif path.suffix.lower() not in ANIMATIONS and _holds_frames(path):
        raise PackError(
            f"The folder {str(path)!r} holds frames already",
            "a new or an empty folder",
            "Choose another name, or delete them",
        )


def _holds_frames(path: Path) -> bool:
    """Whether a folder exists and holds frames of an earlier film."""
    return path.is_dir() and any(_FRAME_PATTERN.fullmatch(one.name) for one in path.iterdir())


def write_film(path: Path, frames: Iterable[Frame], fps: float, facts: str = "") -> int:
    """Write frames as a film, atomically.

    Args:
        path: A file with one of `FILM_SUFFIXES`, which is replaced; or a folder, without an ending,
            which gets a PNG per frame.
        frames: At least one, all of the same size. A video and a folder take them one by one.
        fps: Frames per second; a folder has none.
        facts: What made the film, as text; stored in the file, and in each picture of a folder.

    Returns:
        Number of frames.

    Raises:
        PackError: There is no frame, PyAV is not installed, or it cannot encode.
    """
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise PackError("There is no frame", "at least one")
    whole = itertools.chain([first], rest)
    suffix = path.suffix.lower()
    if suffix in ANIMATIONS:
        return _write_animation(path, whole, fps, facts)
    if suffix in VIDEOS:
        return _write_video(path, whole, fps, facts)
    return _write_folder(path, whole, facts)


def _write_animation(path: Path, frames: Iterator[Frame], fps: float, facts: str) -> int:
    """An endlessly looping animated picture."""
    kind = ANIMATIONS[path.suffix.lower()]
    first, *rest = [Image.fromarray(frame) for frame in frames]
    about: dict[str, Any] = {}
    if kind == "PNG":
        about = {"pnginfo": _chunks(facts)}
    elif kind == "GIF":
        about = {"comment": facts}
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.ImageDescription] = facts
        about = {"exif": exif, "quality": 90}
    buffer = io.BytesIO()
    first.save(
        buffer, kind, save_all=True, append_images=rest, duration=1000 / fps, loop=0, **about
    )
    write_atomically(path, buffer.getvalue())
    return len(rest) + 1


def _chunks(facts: str) -> PngImagePlugin.PngInfo:
    """Text chunks: a key each of a JSON object, else one comment."""
    chunks = PngImagePlugin.PngInfo()
    try:
        entries = json.loads(facts)
    except ValueError:
        entries = {"comment": facts} if facts else {}
    for name, value in entries.items():
        chunks.add_text(str(name), str(value))
    return chunks


def _write_folder(path: Path, frames: Iterator[Frame], facts: str) -> int:
    """A numbered PNG per frame."""
    total = 0
    for frame in frames:
        buffer = io.BytesIO()
        Image.fromarray(frame).save(buffer, "PNG", pnginfo=_chunks(facts))
        write_atomically(path / _FRAME_NAME.format(total), buffer.getvalue())
        total += 1
    return total


def _import_av() -> Any:
    return import_extra("av", "av", "A video (.mp4)")


def _write_video(path: Path, frames: Iterator[Frame], fps: float, facts: str) -> int:
    """A video that plays everywhere: H.264 with colours of half resolution, as players ask for."""
    av = _import_av()
    total = 0

    def write(temporary: Path) -> None:
        nonlocal total
        options = {"movflags": "+faststart"}
        with av.open(str(temporary), "w", format="mp4", options=options) as container:
            container.metadata["comment"] = facts
            encode: Callable[[Frame | None], None] | None = None
            for frame in frames:
                if encode is None:
                    encode = _encoder(av, container, frame.shape[:2], fps)
                encode(frame)
                total += 1
            assert encode is not None  # there is a frame
            encode(None)

    try:
        write_by(path, write)
    except av.FFmpegError as error:
        raise PackError(
            f"The video {path.name!r} cannot be encoded ({error})",
            "a PyAV with H.264",
            "Write a .webp or a folder of frames instead",
        ) from None
    return total


def _encoder(
    av: Any, container: Any, size: tuple[int, ...], fps: float
) -> Callable[[Frame | None], None]:
    """What encodes one frame after the other; None ends the video."""
    height, width = size
    known = [name for name in _CODECS if name in av.codecs_available]
    if not known:
        raise PackError(
            "This PyAV has no encoder of videos",
            f"one of {', '.join(_CODECS)}",
            "Install it again with: pip install av",
        )
    if known[0] == "mpeg4":
        warn(
            "This PyAV has no encoder of H.264: the video is in MPEG-4, which browsers do not show"
        )
    stream = container.add_stream(known[0], rate=Fraction(fps).limit_denominator(1001))
    stream.width, stream.height = width + width % 2, height + height % 2
    if height % 2 or width % 2:
        warn(
            f"Frames of {width} x {height} pixels get a repeated last row or column, since videos "
            "have even sides"
        )
    stream.pix_fmt = "yuv420p"
    if known[0] == "libx264":
        stream.options = {"crf": _QUALITY, "preset": "medium"}
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED_RANGE
    reformatter = av.video.reformatter.VideoReformatter()

    def encode(frame: Frame | None) -> None:
        picture = None
        if frame is not None:
            opaque = np.ascontiguousarray(frame[..., :3])
            even = np.pad(opaque, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            picture = reformatter.reformat(
                av.VideoFrame.from_ndarray(even, format="rgb24"),
                format="yuv420p",
                dst_colorspace=_BT709,
                dst_color_range=_LIMITED_RANGE,
            )
        container.mux(stream.encode(picture))

    return encode
