"""The workbooks: results, what is given back to droppers, the undo file, work lists, the template."""
