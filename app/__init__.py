"""Everything a person touches: the command line, the dashboard, and the wiring of concrete parts."""
