"""The job, from the drop folder to the report; `run` is where to begin."""
