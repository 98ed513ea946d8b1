"""Checks of what a browser says about an uploaded file. Nothing of it is written to disk."""

import base64
import binascii
import re
from typing import Any

from dashboard.messages import Words

MOST_NAME = 80
"""Characters of a file name that are kept."""


def file_fault(sent: Any, kinds: tuple[str, ...], most_bytes: int, words: Words) -> tuple[str, bytes, str]:
    """Return name, content and what is wrong ("" if nothing) of a message of the upload field.

    Parameters
    ----------
    sent : Any
        ``{"name": str, "size": int, "content": base64 text}``, or anything at all from a hostile client.
    kinds : tuple of str
        Allowed endings.
    most_bytes : int
        Largest content, bytes.
    words : Words
        Language of the fault.
    """
    sent = sent if isinstance(sent, dict) else {}
    name = re.split(r"[/\\]", str(sent.get("name", "")))[-1][-MOST_NAME:]
    size, text = sent.get("size", 0), sent.get("content", "")
    if not name.lower().endswith(kinds):
        return name, b"", words.t("shell.file_wrong_kind", kinds=", ".join(kinds))
    if not isinstance(size, int) or not isinstance(text, str):
        return name, b"", words.t("shell.file_unreadable")
    # Four characters of base64 stand for three bytes.
    size = max(size, len(text) * 3 // 4 - 2)
    if size > most_bytes:
        return (
            name,
            b"",
            words.t("shell.file_too_large", found=words.bytes(size), most=words.bytes(most_bytes)),
        )
    try:
        return name, base64.b64decode(text, validate=True), ""
    except (binascii.Error, ValueError):
        return name, b"", words.t("shell.file_unreadable")
