"""The wire: the only place that knows the names of the onOffice API."""
