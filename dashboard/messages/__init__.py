"""Every text a user sees, in three languages, and how numbers and dates are written in each.

A key is ``<area>.<key>``. The words of a page stand beside it
(``dashboard/pages/<area>/messages.yaml``), those that pages share in this folder (``<area>.yaml``).
"""

from dashboard.messages.catalogue import LANGUAGES, NAMES, all_messages, message
from dashboard.messages.choosing import preferred_language
from dashboard.messages.words import Words

__all__ = ["LANGUAGES", "NAMES", "Words", "all_messages", "message", "preferred_language"]
