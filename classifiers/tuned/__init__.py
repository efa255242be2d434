"""An encoder tuned to one codebook: its own reading of a comment, beside words and rules."""
