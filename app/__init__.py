"""Everything a person touches: command line, dashboard, and the wiring of concrete parts."""
