"""A file in, tables of text cells out. Whatever is in a file, reading it costs that file only."""
