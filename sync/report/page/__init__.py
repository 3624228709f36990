"""The pages that people open in a browser: `report.html` of a run and `index.html` over all runs."""

from __future__ import annotations

from sync.report.page.index import write_index
from sync.report.page.report import write_report_page

__all__ = ["write_index", "write_report_page"]
