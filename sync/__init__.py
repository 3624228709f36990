"""Brings confirmation and feedback statuses from dropped CSV and Excel files into onOffice enterprise."""
