"""What several pages use: wording, differences, downloads."""
