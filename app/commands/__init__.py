"""The commands, one module for each group; each has ``register(application)``."""
