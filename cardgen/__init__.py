"""cardgen turns a township's rosters into paper ready to print."""

__version__ = "0.1.0"
