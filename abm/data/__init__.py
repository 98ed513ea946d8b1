"""Everything read from configs: files, tables, figures, and the world they make."""
