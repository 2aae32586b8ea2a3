"""Exports of batches as data sets: one format per file, one line here."""

from __future__ import annotations

from ...base.registry import Registry
from .image_folder import IMAGE_FOLDER
from .parquet import PARQUET
from .web_dataset import WEB_DATASET
from .writer import AbstractExport

EXPORTS: Registry[AbstractExport] = Registry("export", IMAGE_FOLDER, WEB_DATASET, PARQUET)
"""Formats of data sets."""
