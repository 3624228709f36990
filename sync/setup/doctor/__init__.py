"""The doctor: everything that has to be right before a night."""
