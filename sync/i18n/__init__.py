"""Every text in German and English."""
