"""One module per format of sheets, and what several of them share."""
