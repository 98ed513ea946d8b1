"""What pages are built from: accessible by keyboard and screen reader, usable at 320 px, light and dark."""
