"""Every text a user sees, in three languages, and how numbers and dates are written in each.

One YAML file per area; a key is ``<area>.<key>``. Files are found by walking the folder.
"""

from dashboard.messages.catalogue import LANGUAGES, NAMES, all_messages, message
from dashboard.messages.choosing import preferred_language
from dashboard.messages.words import Words

__all__ = ["LANGUAGES", "NAMES", "Words", "all_messages", "message", "preferred_language"]
