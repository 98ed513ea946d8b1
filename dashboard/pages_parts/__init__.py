"""Parts of pages that are too large for one file, and wording that several pages share."""
