"""Every text a user sees, in three languages side by side, and how each writes numbers and dates.

A key is ``<area>.<key>``. The words of a page stand beside it
(``dashboard/pages/<area>/messages.yaml``), those that pages share in this folder (``<area>.yaml``).
"""
