"""The workbooks: results, what is given back to droppers, the undo file, the template."""
