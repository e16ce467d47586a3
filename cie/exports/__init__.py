"""Bulk exports: files of everything that a program may read, made in the background, resumable, gone after a day.

A line is what a read would have answered when it was made. It is sealed by itself, is asked about again whenever it
leaves, and gives nothing once something on which it rested has ended; the file keeps its length.
"""

from cie.exports.asking import Standing, ask_for_export, end_export, exports_of, get_export
from cie.exports.downloading import FileNow, open_file, read_bytes
from cie.exports.ending import expire, forget_old, forget_what_was_taken, lines_about, remove_some
from cie.exports.kinds import KINDS
from cie.exports.lines import Renderer
from cie.exports.making import is_anything_to_make, make_part, next_turn, note_broken
from cie.exports.models import Export, ExportFile, ExportKind, ExportLine, ExportStatus

__all__ = [
    "KINDS",
    "Export",
    "ExportFile",
    "ExportKind",
    "ExportLine",
    "ExportStatus",
    "FileNow",
    "Renderer",
    "Standing",
    "ask_for_export",
    "end_export",
    "expire",
    "exports_of",
    "forget_old",
    "forget_what_was_taken",
    "get_export",
    "is_anything_to_make",
    "lines_about",
    "make_part",
    "next_turn",
    "note_broken",
    "open_file",
    "read_bytes",
    "remove_some",
]
