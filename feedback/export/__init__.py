"""Files for other programs: coded comments with what is needed to trust them."""

from feedback.export.rows import (
    EXPORT_COLUMNS,
    WITHHELD,
    ExportFilters,
    count_comments,
    iter_comments,
)
from feedback.export.tables import FORMATS, ExportSummary, export_comments, neutralise

__all__ = [
    "EXPORT_COLUMNS",
    "FORMATS",
    "WITHHELD",
    "ExportFilters",
    "ExportSummary",
    "count_comments",
    "export_comments",
    "iter_comments",
    "neutralise",
]
