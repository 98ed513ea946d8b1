"""What users take home: tables and a one-page briefing, as bytes and text."""

from dashboard.engine.exports.briefing import BRIEFING_WORDS, briefing
from dashboard.engine.exports.tables import csv_bytes, excel_bytes
from dashboard.engine.exports.wording import scenario_in_words

__all__ = ["BRIEFING_WORDS", "briefing", "csv_bytes", "excel_bytes", "scenario_in_words"]
