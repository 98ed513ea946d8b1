"""What users take home: tables and a one-page briefing, as bytes and text."""

from dashboard.engine.exports.briefing import briefing
from dashboard.engine.exports.tables import csv_bytes, excel_bytes

__all__ = ["briefing", "csv_bytes", "excel_bytes"]
