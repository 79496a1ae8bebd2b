"""One step a file; the file is named after the step's key and ends with `STEP`."""
