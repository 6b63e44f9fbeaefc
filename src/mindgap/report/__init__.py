"""The report: the view of a finished study that people look at."""
