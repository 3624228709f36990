"""What people and programs read about a run: `report.json`, the results workbook, the summary on the terminal."""
